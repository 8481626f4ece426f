import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sql } from 'kysely'
import { startChild } from './child.contract.ts'
import { describeStoredDatabases, userRow } from './databases.contract.ts'
import type { StartStoredDatabase, StoredDatabaseFixture } from './databases.contract.ts'

describeStoredDatabases('What is stored', (start) => {
  it('is there after it was opened again', async () => {
    await withDatabase(start, async ({ open }) => {
      const first = await open()
      await first.migrate()
      const id = first.newId()
      await first.append({ users: userRow(id, 'kept') })
      await first.close()
      const second = await open()
      const kept = second.read.selectFrom('users').select('username').where('id', '=', id)
      assert.deepEqual(await kept.execute(), [{ username: 'kept' }])
      assert.ok(second.newId() > id)
      await second.close()
    })
  })

  it('is made by one of several that start at once, and found by the others [OP05]', async () => {
    await withDatabase(start, async ({ open, address }) => {
      const children = await Promise.all(Array.from({ length: 3 }, async () => startChild('first boot', address)))
      for (const child of children) child.begin()
      const said = (await Promise.all(children.map(async (child) => child.end()))).flat()
      assert.deepEqual(said.sort(), ['found', 'found', 'made'])
      const opened = await open()
      assert.deepEqual(await opened.pendingMigrations(), [])
      await opened.close()
    })
  })

  it('is migrated once by two processes, and by two databases of one process [OP05]', async () => {
    await withDatabase(start, async ({ open, address }) => {
      const children = await Promise.all([startChild('migrate', address), startChild('migrate', address)])
      const [one, other] = [await open(), await open()]
      const said: string[] = []
      for (const child of children) child.begin()
      await Promise.all([one.migrate((step) => said.push(step)), other.migrate((step) => said.push(step))])
      said.push(...(await Promise.all(children.map(async (child) => child.end()))).flat())
      assert.deepEqual(said, [...new Set(said)])
      assert.deepEqual(await one.pendingMigrations(), [])
      assert.notEqual(one.newId(), other.newId())
      await one.close()
      await other.close()
    })
  })

  it('never has the same id from two processes', async () => {
    await withDatabase(start, async ({ open, address }) => {
      const opened = await open()
      await opened.migrate()
      const children = await Promise.all(Array.from({ length: 3 }, async () => startChild('ids', address)))
      for (const child of children) child.begin()
      const ids = (await Promise.all(children.map(async (child) => child.end()))).flat()
      assert.equal(ids.length, 6000)
      assert.equal(new Set(ids).size, 6000)
      await opened.close()
    })
  })

  it('survives a kill in the middle of appends: what was acknowledged is there, once [OP04]', async () => {
    await withDatabase(start, async ({ open, address }) => {
      const opened = await open()
      await opened.migrate()
      await opened.append({ users: userRow(opened.newId(), 'appender') })
      const child = await startChild('append', address)
      child.begin()
      const acknowledged: string[] = []
      while (acknowledged.length < 500) acknowledged.push((await child.line()) as string)
      child.process.kill('SIGKILL')
      acknowledged.push(...(await child.end()).filter((line) => /^\d{15,}$/.test(line)))
      const rows = await opened.read.selectFrom('api_tokens').select('id').execute()
      const stored = new Set(rows.map(({ id }) => String(id)))
      assert.equal(stored.size, rows.length)
      assert.deepEqual(
        acknowledged.filter((id) => !stored.has(id)),
        [],
      )
      // An event for each state change, and none without.
      const events = await opened.read
        .selectFrom('audit_events')
        .select('subject')
        .where('event', '=', 'token.created')
        .execute()
      assert.deepEqual(events.map(({ subject }) => subject).sort(), [...stored].map((id) => `token:${id}`).sort())
      if (opened.dialect === 'sqlite') {
        assert.deepEqual((await sql`pragma integrity_check`.execute(opened.read)).rows, [{ integrity_check: 'ok' }])
      }
      await opened.close()
    })
  })
})

async function withDatabase(start: StartStoredDatabase, use: (fixture: StoredDatabaseFixture) => Promise<void>) {
  const fixture = await start()
  await use(fixture)
  await fixture.remove()
}
