import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Database, Lookup } from './database.ts'
import { userRow } from './databases.contract.ts'
import { openSqlite } from './sqlite.ts'

describe('look-ups of one turn on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-snapshot-'))
  let database: Database
  let other: Database
  let find: Lookup<{ readonly id: bigint; readonly is_active: number }>
  let id: bigint

  before(async () => {
    const path = join(folder, 'doorward.sqlite3')
    database = await openSqlite({ path })
    await database.migrate()
    other = await openSqlite({ path })
    find = database.lookup((read, match) =>
      read.selectFrom('users').select(['users.id', 'is_active']).where(match('users.id')),
    )
    const row = userRow(database.newId(), 'ada')
    id = row.id
    await database.append({ users: row })
  })
  after(async () => {
    await Promise.all([database.close(), other.close()])
    rmSync(folder, { recursive: true })
  })

  it('see what this process has committed since, in the very same turn', async () => {
    for (let round = 0; round < 20; round++) {
      const active = round % 2
      assert.equal((await find(id))?.is_active !== undefined, true)
      await find(id)
      await setActive(database, active)
      assert.equal((await find(id))?.is_active, active)
    }
  })

  it('see what another process has committed, at the next turn at the latest', async () => {
    for (let round = 0; round < 20; round++) {
      const active = round % 2
      await Promise.all([find(id), find(id), find(id)])
      await setActive(other, active)
      await turn()
      assert.equal((await find(id))?.is_active, active)
    }
  })

  it('leave no transaction open behind them, so that the log can be emptied', async () => {
    await Promise.all([find(id), find(id)])
    await turn()
    await turn()
    const busy = await other.read.selectFrom('users').select('id').execute()
    assert.equal(busy.length, 1)
    await setActive(other, 1)
    assert.equal((await find(id))?.is_active, 1)
  })

  async function setActive(by: Database, active: number): Promise<void> {
    await by.write(async (unit) => unit.updateTable('users').set({ is_active: active }).where('id', '=', id).execute())
  }
})
