import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { Unavailable } from '../core/errors.ts'
import type { Database } from './database.ts'
import { userRow } from './databases.contract.ts'
import { openSqlite } from './sqlite.ts'

describe('openSqlite', () => {
  let folder: string
  let path: string
  let database: Database

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doorward-sqlite-'))
    path = join(folder, 'doorward.db')
    database = await openSqlite({ path })
    await database.migrate()
  })
  after(async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  })

  const users = async () =>
    (await database.read.selectFrom('users').select('username').execute()).map((row) => row.username)
  const add = async (username: string) => database.append({ users: userRow(database.newId(), username) })

  it('keeps others who have an account on the machine out of the file [OP04]', () => {
    for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(file).mode & 0o777, 0o600, file)
  })

  it('syncs each commit', async () => {
    const other = new DatabaseSync(path)
    assert.equal(other.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal')
    other.close()
    const found = await database.write(async (transaction) => sql`pragma synchronous`.execute(transaction))
    assert.deepEqual(found.rows, [{ synchronous: 2 }])
  })

  it('does not show readers what is not committed', async () => {
    const seen: (readonly string[])[] = []
    await database.write(async (transaction) => {
      await transaction.insertInto('users').values(userRow(database.newId(), 'uncommitted')).execute()
      seen.push(await users())
    })
    assert.equal(seen[0]?.includes('uncommitted'), false)
    assert.equal((await users()).includes('uncommitted'), true)
  })

  it('rejects a unit that waits for something else, naming the mistake, and spares the others of its turn', async () => {
    let late: Promise<unknown> = Promise.resolve()
    const stuck = database.write(async (transaction) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      late = transaction.insertInto('users').values(userRow(database.newId(), 'late')).execute()
      await late
    })
    const others = Promise.all([add('spared append'), database.write(async () => 'spared unit')])
    await assert.rejects(stuck, /waited for something else/)
    assert.deepEqual(await others, [undefined, 'spared unit'])
    await new Promise((resolve) => setTimeout(resolve, 40))
    await assert.rejects(late, /given up/)
    assert.equal((await users()).includes('late'), false)
    assert.equal((await users()).includes('spared append'), true)
  })

  it('rejects a unit that waits for another unit instead of waiting forever', async () => {
    await assert.rejects(
      database.write(async () => add('nested')),
      /waited for something else/,
    )
  })

  it('waits for the lock of another process without blocking this one, and rejects when it takes too long', async () => {
    const impatient = await openSqlite({ path, busyTimeout: 50 })
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    const turns: string[] = []
    const waiting = impatient.append({ users: userRow(impatient.newId(), 'waiting') }).then(
      () => turns.push('written'),
      (error: unknown) => turns.push(error instanceof Unavailable ? 'unavailable' : String(error)),
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    turns.push('this process goes on')
    assert.equal((await users()).includes('waiting'), false)
    await waiting
    await impatient.close()
    assert.deepEqual(turns, ['this process goes on', 'unavailable'])
    const second = add('in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
    other.exec('commit')
    other.close()
    await second
    assert.equal((await users()).includes('in time'), true)
    assert.equal((await users()).includes('waiting'), false)
  })

  it('sees at once what another process has committed', async () => {
    const other = new DatabaseSync(path)
    other.exec("insert into groups (id, name, permissions) values (1, 'from outside', '')")
    assert.deepEqual(await database.read.selectFrom('groups').select('name').execute(), [{ name: 'from outside' }])
    other.close()
  })

  it('reads a column that another process has added, without a restart', async () => {
    const read = async () => (await sql<Record<string, unknown>>`select * from groups`.execute(database.read)).rows[0]
    assert.deepEqual(Object.keys((await read()) ?? {}), ['id', 'name', 'permissions'])
    const other = new DatabaseSync(path)
    other.exec('alter table groups add column size integer')
    other.exec('update groups set size = 4')
    other.close()
    assert.deepEqual(await read(), { id: 1n, name: 'from outside', permissions: '', size: 4 })
  })

  it('cannot be opened where there is no folder', async () => {
    await assert.rejects(openSqlite({ path: join(folder, 'nowhere', 'doorward.db') }), /ENOENT/)
  })

  it('cannot be opened on a file that is something else', async () => {
    await assert.rejects(openSqlite({ path: import.meta.filename }), Unavailable)
  })

  it('rejects with Unavailable when the disk is full, loses nothing that it had acknowledged, and still reads', async () => {
    const full = join(folder, 'full.db')
    const program = `
      const { openSqlite } = await import(${JSON.stringify(new URL('sqlite.ts', import.meta.url).href)})
      const { userRow } = await import(${JSON.stringify(new URL('databases.contract.ts', import.meta.url).href)})
      process.on('SIGXFSZ', () => undefined)
      const database = await openSqlite({ path: ${JSON.stringify(full)} })
      await database.migrate()
      const acknowledged = []
      let error = null
      while (error === null) {
        const rows = Array.from({ length: 20 }, () => userRow(database.newId(), 'u' + database.newId()))
        const outcomes = await Promise.allSettled(rows.map((row) => database.append({ users: row })))
        for (const [index, outcome] of outcomes.entries()) {
          if (outcome.status === 'fulfilled') acknowledged.push(String(rows[index].id))
          else error = outcome.reason
        }
      }
      const read = await database.read.selectFrom('users').select('id').execute()
      console.log(JSON.stringify({ acknowledged, error: error.code, read: read.map(({ id }) => String(id)) }))
      process.exit()`
    // Files of at most 2400 blocks of 512 bytes stand in for a full disk.
    const arguments_ = [
      '-c',
      'ulimit -f 2400; exec "$0" --input-type=module-typescript -e "$1"',
      process.execPath,
      program,
    ]
    const child = spawn('/bin/sh', arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
    const output = child.stdout.toArray()
    await once(child, 'exit')
    const said = JSON.parse((await output).join('')) as Record<'acknowledged' | 'read', string[]> & { error: string }
    assert.equal(said.error, 'unavailable')
    const opened = await openSqlite({ path: full })
    const stored = new Set((await opened.read.selectFrom('users').select('id').execute()).map(({ id }) => String(id)))
    assert.ok(said.acknowledged.length > 0)
    assert.deepEqual(
      said.acknowledged.filter((id) => !stored.has(id) || !said.read.includes(id)),
      [],
    )
    assert.deepEqual((await sql`pragma integrity_check`.execute(opened.read)).rows, [{ integrity_check: 'ok' }])
    await opened.close()
  })
})
