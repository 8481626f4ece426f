import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Database } from './database.ts'
import { describeDatabases, userRow } from './databases.contract.ts'
import { isConflict } from './conflict.ts'
import { inOneUnit } from './one-unit.ts'
import { withDatabase } from './with-database.contract.ts'

describeDatabases('One unit for whole stores', (start) => {
  it('makes what each of them writes durable together, with its audit rows', async () => {
    await withDatabase(start, async (database) => {
      await inOneUnit(database, async ({ database: inside }) => {
        await addUser(inside, 'ada')
        assert.deepEqual(await usernames(inside), ['ada'], 'a store sees what another one wrote')
        await inside.write(async (unit) => {
          await unit.updateTable('users').set({ is_staff: 1 }).where('username', '=', 'ada').execute()
          await inside.audit(unit, { event: 'user.updated', actor: 'system', subject: 'user:ada' })
        })
      })
      assert.deepEqual(await usernames(database), ['ada'])
      assert.deepEqual(await events(database), ['user.created', 'user.updated'])
    })
  })

  it('leaves nothing of all of it where one fails', async () => {
    await withDatabase(start, async (database) => {
      const failing = inOneUnit(database, async ({ database: inside }) => {
        await addUser(inside, 'ada')
        throw new Error('no')
      })
      await assert.rejects(failing, /no/)
      assert.deepEqual(await usernames(database), [])
      assert.deepEqual(await events(database), [])
    })
  })

  it('takes back a piece of work that is not to stay or fails, and goes on', async () => {
    await withDatabase(start, async (database) => {
      const told: string[] = []
      await inOneUnit(database, async ({ database: inside, attempt }) => {
        const add = async (name: string, stays: boolean): Promise<string> =>
          attempt(async () => {
            await addUser(inside, name)
            await inside.write(async (unit) => inside.afterCommit(unit, () => void told.push(name)))
            return { result: name, stays }
          })
        assert.equal(await add('ada', true), 'ada')
        assert.equal(await add('bob', false), 'bob')
        await assert.rejects(add('ada', true), isConflict, 'the same name again, of which the database knows')
        assert.equal(await add('carol', true), 'carol')
        assert.deepEqual(await usernames(inside), ['ada', 'carol'])
      })
      assert.deepEqual(await usernames(database), ['ada', 'carol'])
      assert.deepEqual(await events(database), ['user.created', 'user.created'])
      assert.deepEqual(told, ['ada', 'carol'])
    })
  })

  it('is one piece of work at a time', async () => {
    await withDatabase(start, async (database) => {
      await inOneUnit(database, async ({ attempt }) =>
        attempt(async () => {
          await assert.rejects(
            attempt(async () => ({ result: 1, stays: true })),
            TypeError,
          )
          return { result: 2, stays: true }
        }),
      )
    })
  })

  it('answers look-ups and guarded statements from inside', async () => {
    await withDatabase(start, async (database) => {
      await inOneUnit(database, async ({ database: inside }) => {
        const id = await addUser(inside, 'ada')
        const lookup = inside.lookup<{ readonly username: string }>((read, match) =>
          read.selectFrom('users').select(['id', 'username']).where(match('id')),
        )
        assert.equal((await lookup(id))?.username, 'ada')
        assert.equal(await lookup(1n), null)
        const guard = inside.read
          .updateTable('users')
          .set({ is_staff: 1 })
          .where('id', '=', id)
          .where('is_staff', '=', 0)
          .compile()
        const spend = async (name: string): Promise<boolean> =>
          inside.appendIf({ guard, rows: { users: userRow(inside.newId(), name) } })
        assert.equal(await spend('bob'), true)
        assert.equal(await spend('carol'), false)
        assert.deepEqual(await usernames(inside), ['ada', 'bob'])
      })
    })
  })
})

async function addUser(database: Database, username: string): Promise<bigint> {
  const id = database.newId()
  const audit = { event: 'user.created', actor: 'system', subject: `user:${username}` }
  await database.append({ users: userRow(id, username), audit })
  return id
}

async function usernames({ read }: Database): Promise<readonly string[]> {
  const rows = await read.selectFrom('users').select('username').orderBy('username').execute()
  return rows.map(({ username }) => username)
}

async function events({ read }: Database): Promise<readonly string[]> {
  const rows = await read
    .selectFrom('audit_events')
    .select('event')
    .where('event', 'like', 'user.%')
    .orderBy('id')
    .execute()
  return rows.map(({ event }) => event)
}
