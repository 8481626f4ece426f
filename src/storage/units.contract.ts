import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Database } from './database.ts'
import { addUser, apiTokenRow, userRow, type StartDatabase } from './databases.contract.ts'
import { beforeAll } from './opened-database.contract.ts'

/** What units of writing on every database have to hold, as tests. */
export function unitsContract(start: StartDatabase): void {
  let database: Database
  beforeAll(start, (opened) => (database = opened))

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
      await addUser(database, 'taken')
      const unit = async () =>
        database.write(async (transaction) =>
          transaction.insertInto('users').values(userRow(database.newId(), 'TAKEN')).execute(),
        )
      await assert.rejects(unit(), /unique/i)
      const dangling = database.write(async (transaction) =>
        transaction.insertInto('api_tokens').values(apiTokenRow(database.newId(), 5n)).execute(),
      )
      await assert.rejects(dangling, /foreign key/i)
      await addUser(database, 'after the taken')
    })

    it('lets exactly one of fifty guarded updates win', async () => {
      const id = database.newId()
      await database.append({ api_tokens: apiTokenRow(id, await addUser(database, 'race')) })
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
}

async function exists({ read }: Database, id: bigint): Promise<boolean> {
  return (await read.selectFrom('users').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}
