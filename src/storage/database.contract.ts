import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { Unavailable } from '../core/errors.ts'
import type { Database } from './database.ts'
import { apiTokenRow, userRow } from './databases.contract.ts'
import type { DatabaseFixture, StartDatabase } from './databases.contract.ts'

const largest = 2n ** 63n - 1n

/** What every database has to hold, as tests. For values see `values.contract.ts`. */
export function databaseContract(start: StartDatabase): void {
  let fixture: DatabaseFixture
  let database: Database

  before(async () => {
    fixture = await start()
    database = await fixture.open()
    await database.migrate()
  })
  after(async () => {
    await database.close()
    await fixture.remove()
  })

  async function addUser(name: string): Promise<bigint> {
    const id = database.newId()
    await database.append({ users: userRow(id, name) })
    return id
  }

  describe('read', () => {
    it('does not write', async () => {
      const insert = database.read.insertInto('users').values(userRow(database.newId(), 'by read'))
      await assert.rejects(insert.execute(), /write\(\)/)
      await assert.rejects(database.read.updateTable('users').set({ is_active: 0 }).execute(), /write\(\)/)
      await assert.rejects(database.read.deleteFrom('users').execute(), /write\(\)/)
      await assert.rejects(
        database.read.transaction().execute(async () => undefined),
        /write\(\)/,
      )
    })

    it('says what is wrong with a statement', async () => {
      await assert.rejects(sql`select * from nowhere`.execute(database.read), /nowhere/)
      assert.deepEqual((await sql`select 1 as one`.execute(database.read)).rows, [{ one: 1 }])
    })
  })

  describe('lookup', () => {
    it('finds the row of an id, and null where there is none', async () => {
      const ids = [await addUser('first wanted'), await addUser('second wanted')] as const
      const find = database.lookup((read, match) =>
        read.selectFrom('users').select(['id', 'username']).where(match('id')),
      )
      const wanted = [ids[1], 17n, ids[0], largest, 0n, -1n, ids[1]]
      assert.deepEqual(await Promise.all(wanted.map(find)), [
        { id: ids[1], username: 'second wanted' },
        null,
        { id: ids[0], username: 'first wanted' },
        null,
        null,
        null,
        { id: ids[1], username: 'second wanted' },
      ])
    })

    it('gives every caller of a turn the row', async () => {
      const id = await addUser('shared')
      const find = database.lookup((read, match) => read.selectFrom('users').selectAll().where(match('id')))
      const [one, other] = await Promise.all([find(id), find(id)])
      assert.deepEqual([one?.id, other?.id], [id, id])
    })

    it('takes joins and conditions of its own', async () => {
      const user = await addUser('joined')
      const [live, dead] = [database.newId(), database.newId()]
      await database.append({
        api_tokens: [apiTokenRow(live, user, { name: 'live' }), apiTokenRow(dead, user, { name: 'dead' })],
      })
      const find = database.lookup((read, match) =>
        read
          .selectFrom('api_tokens')
          .innerJoin('users', 'users.id', 'api_tokens.user_id')
          .select(['api_tokens.id', 'users.username'])
          .where('api_tokens.name', '=', 'live')
          .where(match('api_tokens.id'))
          .where('users.is_active', '=', 1),
      )
      assert.deepEqual(await Promise.all([find(live), find(dead)]), [{ id: live, username: 'joined' }, null])
    })

    it('sees what was written before it was called', async () => {
      const find = database.lookup((read, match) => read.selectFrom('users').select('id').where(match('id')))
      for (let round = 0; round < 20; round += 1) {
        const id = await addUser(`seen ${round}`)
        assert.deepEqual(await find(id), { id })
        await database.write(async (transaction) => transaction.deleteFrom('users').where('id', '=', id).execute())
        assert.equal(await find(id), null)
      }
    })

    it('refuses a query that never compares with the id', () => {
      assert.throws(() => database.lookup((read) => read.selectFrom('users').select('id')), /match\(\)/)
    })
  })

  describe('append', () => {
    it('adds to several tables, parents first or not', async () => {
      const id = database.newId()
      const token = database.newId()
      await database.append({ api_tokens: apiTokenRow(token, id), users: userRow(id, 'parent') })
      assert.equal(await count(database, 'api_tokens', id), 1)
    })

    it('adds all of a call or none', async () => {
      const [id, other] = [database.newId(), database.newId()]
      const twice = [userRow(id, 'all or none'), userRow(other, 'ALL or none')]
      await assert.rejects(database.append({ users: twice, audit: { event: 'a', actor: 'b', subject: 'all or none' } }))
      const found = database.read.selectFrom('users').select('id').where('id', 'in', [id, other])
      assert.deepEqual(await found.execute(), [])
      const events = database.read.selectFrom('audit_events').select('id').where('subject', '=', 'all or none')
      assert.deepEqual(await events.execute(), [])
    })

    it('rejects only the faulty calls of a turn', async () => {
      const user = await addUser('faulty turn')
      const ids = Array.from({ length: 60 }, () => database.newId())
      const calls = ids.map(async (id, index) =>
        database.append({ api_tokens: apiTokenRow(id, [0, 31, 59].includes(index) ? 4n : user) }),
      )
      const outcomes = await Promise.allSettled(calls)
      const rejected = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
      assert.deepEqual(rejected, [0, 31, 59])
      assert.equal(await count(database, 'api_tokens', user), 57)
    })

    it('takes nothing at all', async () => {
      await database.append({})
      await database.append({ users: [] })
    })

    it('refuses an incomplete row and an unknown table, naming them', async () => {
      const { username: _, ...rest } = userRow(database.newId(), 'incomplete')
      await assert.rejects(database.append({ users: rest as never }), /TypeError|users lacks username/)
      await assert.rejects(database.append({ visitors: [] } as never), /visitors/)
    })

    it('writes texts as texts, whatever they say', async () => {
      const texts = ["'); drop table users; --", '{1,2}', '"', '\\', 'NULL', '', ' ', '{', ',', '\n\t', '$1']
      const user = await addUser('texts')
      const rows = texts.map((name) => apiTokenRow(database.newId(), user, { name }))
      await Promise.all(rows.map(async (row) => database.append({ api_tokens: row })))
      const found = await database.read
        .selectFrom('api_tokens')
        .select('name')
        .where('user_id', '=', user)
        .orderBy('id')
        .execute()
      assert.deepEqual(
        found.map(({ name }) => name),
        texts,
      )
    })
  })

  describe('appendIf', () => {
    const guardOf = (id: bigint) =>
      database.read.updateTable('users').set({ is_active: 0 }).where('id', '=', id).where('is_active', '=', 1).compile()

    it('adds rows and events, and runs what else is to be, where the guard changes a row, once', async () => {
      const user = await addUser('guarded')
      const attempt = async (name: string): Promise<boolean> =>
        database.appendIf({
          guard: guardOf(user),
          also: [database.read.updateTable('users').set({ email: name }).where('id', '=', user).compile()],
          rows: {
            api_tokens: apiTokenRow(database.newId(), user, { name }),
            audit: { event: 'a', actor: 'b', subject: `guarded ${name}` },
          },
        })
      const outcomes = await Promise.all(Array.from({ length: 50 }, async (_, index) => attempt(`${index}`)))
      assert.equal(outcomes.filter(Boolean).length, 1)
      const name = `${outcomes.indexOf(true)}`
      const tokens = database.read.selectFrom('api_tokens').select('name').where('user_id', '=', user)
      assert.deepEqual(await tokens.execute(), [{ name }])
      const found = database.read.selectFrom('users').select('email').where('id', '=', user)
      assert.deepEqual(await found.execute(), [{ email: name }])
      const events = database.read.selectFrom('audit_events').select('subject').where('subject', 'like', 'guarded %')
      assert.deepEqual(await events.execute(), [{ subject: `guarded ${name}` }])
    })

    it('takes nothing of the guard where a row cannot be added, and harms no other call of its turn', async () => {
      const [one, other] = [await addUser('guarded one'), await addUser('guarded other')]
      const outcomes = await Promise.allSettled([
        database.appendIf({ guard: guardOf(one), rows: { api_tokens: apiTokenRow(database.newId(), 4n) } }),
        database.appendIf({ guard: guardOf(other), rows: { api_tokens: apiTokenRow(database.newId(), other) } }),
      ])
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      )
      const active = database.read.selectFrom('users').select(['id', 'is_active']).where('id', 'in', [one, other])
      assert.deepEqual(await active.orderBy('id').execute(), [
        { id: one, is_active: 1 },
        { id: other, is_active: 0 },
      ])
    })
  })

  describe('write', () => {
    it('returns what the unit returns, and keeps what it wrote', async () => {
      const id = database.newId()
      const result = await database.write(async (transaction) => {
        await transaction.insertInto('users').values(userRow(id, 'unit')).execute()
        return transaction.selectFrom('users').select('username').where('id', '=', id).executeTakeFirst()
      })
      assert.deepEqual(result, { username: 'unit' })
      assert.equal(await exists(database, id), true)
    })

    it('keeps nothing of a unit that throws, and rejects with what it threw', async () => {
      const id = database.newId()
      const failure = new Error('changed my mind')
      const unit = database.write(async (transaction) => {
        await transaction.insertInto('users').values(userRow(id, 'thrown')).execute()
        throw failure
      })
      await assert.rejects(unit, (error) => error === failure)
      assert.equal(await exists(database, id), false)
    })

    it('keeps the units of a turn apart: one that fails takes no other with it', async () => {
      const ids = Array.from({ length: 20 }, () => database.newId())
      const outcomes = await Promise.allSettled(
        ids.map(async (id, index) =>
          database.write(async (transaction) => {
            await transaction
              .insertInto('users')
              .values(userRow(id, `apart ${index}`))
              .execute()
            if (index % 7 === 3) throw new Error('faulty')
            return index
          }),
        ),
      )
      for (const [index, outcome] of outcomes.entries()) {
        assert.equal(outcome.status, index % 7 === 3 ? 'rejected' : 'fulfilled')
        if (outcome.status === 'fulfilled') assert.equal(outcome.value, index)
        assert.equal(await exists(database, ids[index] as bigint), index % 7 !== 3)
      }
    })

    it('rejects a unit that breaks a constraint, and goes on', async () => {
      await addUser('taken')
      const unit = async () =>
        database.write(async (transaction) =>
          transaction.insertInto('users').values(userRow(database.newId(), 'TAKEN')).execute(),
        )
      await assert.rejects(unit(), /unique/i)
      const dangling = database.write(async (transaction) =>
        transaction.insertInto('api_tokens').values(apiTokenRow(database.newId(), 5n)).execute(),
      )
      await assert.rejects(dangling, /foreign key/i)
      await addUser('after the taken')
    })

    it('lets exactly one of fifty guarded updates win', async () => {
      const id = database.newId()
      await database.append({ api_tokens: apiTokenRow(id, await addUser('race')) })
      const wins = await Promise.all(
        Array.from({ length: 50 }, async (_, index) =>
          database.write(async (transaction) =>
            transaction
              .updateTable('api_tokens')
              .set({ last_used_at: index })
              .where('id', '=', id)
              .where('last_used_at', 'is', null)
              .returning('last_used_at')
              .executeTakeFirst(),
          ),
        ),
      )
      const winners = wins.filter((win) => win !== undefined)
      assert.equal(winners.length, 1)
      const row = await database.read
        .selectFrom('api_tokens')
        .select('last_used_at')
        .where('id', '=', id)
        .executeTakeFirst()
      assert.deepEqual(row, winners[0])
    })

    it('refuses statements of a unit that is over', async () => {
      const leaked = await database.write(async (transaction) => ({ transaction }))
      await assert.rejects(leaked.transaction.insertInto('users').values(userRow(1n, 'leaked')).execute())
      assert.equal(await exists(database, 1n), false)
    })

    it('runs what waits for the commit after it, and not at all without one', async () => {
      const ran: string[] = []
      await database.write(async (transaction) => {
        database.afterCommit(transaction, () => ran.push('first'))
        database.afterCommit(transaction, () => ran.push('second'))
        assert.deepEqual(ran, [])
      })
      const failing = database.write(async (transaction) => {
        database.afterCommit(transaction, () => ran.push('never'))
        throw new Error('no')
      })
      await assert.rejects(failing)
      assert.deepEqual(ran, ['first', 'second'])
    })

    it('refuses notes for a transaction that it did not give', async () => {
      await assert.rejects(database.audit({} as never, { event: 'a', actor: 'b', subject: 'c' }), TypeError)
      assert.throws(() => database.afterCommit({} as never, () => undefined), TypeError)
    })
  })

  describe('newId', () => {
    it('grows', () => {
      const ids = Array.from({ length: 10_000 }, () => database.newId())
      for (const [index, id] of ids.entries()) assert.ok(index === 0 || id > (ids[index - 1] as bigint))
    })

    it('refuses before there are tables', async () => {
      const empty = await start()
      const opened = await empty.open()
      assert.throws(() => opened.newId(), /migrate/)
      await opened.close()
      await empty.remove()
    })
  })

  describe('migrate', () => {
    it('names what is pending, does it once, and may be repeated', async () => {
      const empty = await start()
      const opened = await empty.open()
      const pending = await opened.pendingMigrations()
      assert.ok(pending.length > 0)
      const done: string[] = []
      await opened.migrate((step) => done.push(step))
      assert.deepEqual(done, pending)
      assert.deepEqual(await opened.pendingMigrations(), [])
      await opened.migrate((step) => done.push(step))
      assert.deepEqual(done, pending)
      await opened.close()
      await empty.remove()
    })

    it('leaves alone what a newer release has applied [OP05]', async () => {
      const empty = await start()
      const opened = await empty.open()
      await opened.migrate()
      const newer = sql`insert into doorward_migrations (name, timestamp) values ('9999-newer', '2030-01-01T00:00:00.000Z')`
      await opened.write(async (transaction) => newer.execute(transaction))
      await opened.migrate()
      assert.deepEqual(await opened.pendingMigrations(), [])
      await opened.close()
      await empty.remove()
    })
  })

  describe('ping', () => {
    it('answers', async () => {
      await database.ping()
    })
  })

  describe('close', () => {
    it('finishes what was begun, and refuses what comes after', async () => {
      const own = await start()
      const opened = await own.open()
      await opened.migrate()
      const begun = opened.append({ users: userRow(opened.newId(), 'at the last moment') })
      await opened.close()
      await begun
      await assert.rejects(opened.ping(), Unavailable)
      await assert.rejects(opened.append({ users: userRow(1n, 'too late') }), Unavailable)
      await assert.rejects(
        opened.write(async () => undefined),
        Unavailable,
      )
      assert.throws(() => opened.newId())
      await own.remove()
    })
  })
}

async function exists({ read }: Database, id: bigint): Promise<boolean> {
  return (await read.selectFrom('users').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

async function count({ read }: Database, table: 'api_tokens', user: bigint): Promise<number> {
  return (await read.selectFrom(table).select('id').where('user_id', '=', user).execute()).length
}
