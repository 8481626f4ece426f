import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { Unavailable } from '../core/errors.ts'
import type { Database } from './database.ts'
import { userRow, type StartDatabase } from './databases.contract.ts'
import { beforeAll } from './opened-database.contract.ts'

/** What every database has to hold from its opening to its end, as tests. For the rest see `reading`, `appending`, `units` and `values`. */
export function databaseContract(start: StartDatabase): void {
  let database: Database
  beforeAll(start, (opened) => (database = opened))

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
