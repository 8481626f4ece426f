import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startPostgres } from '../../test/services/postgres.ts'
import type { PostgresServer } from '../../test/services/postgres.ts'
import { patient } from '../../test/services/shared-postgres.ts'
import { eventually } from '../../test/services/server-process.ts'
import { Unavailable } from '../core/errors.ts'
import type { Database } from './database.ts'
import { apiTokenRow, userRow } from './databases.contract.ts'
import { openPostgres } from './postgres.ts'
import { startPostgresFreezer } from './postgres-freezer.contract.ts'

describe('openPostgres', () => {
  let server: PostgresServer
  let database: Database
  let user: bigint

  before(async () => {
    server = await startPostgres()
    database = await openPostgres({ url: server.url, ...patient })
    await database.migrate()
    user = database.newId()
    await database.append({ users: userRow(user, 'ann') })
  })
  after(async () => {
    await database.close()
    await server.close()
  })

  const find = async () =>
    database.lookup((read, match) => read.selectFrom('users').select('id').where(match('id')))(user)

  /** Everything that a request can ask for. */
  const everything = (): readonly Promise<unknown>[] => [
    find(),
    database.read.selectFrom('users').select('id').execute(),
    database.write(async (transaction) => transaction.updateTable('users').set({ is_active: 1 }).execute()),
    database.append({ api_tokens: apiTokenRow(database.newId(), user) }),
    database.ping(),
  ]

  it('rejects with Unavailable at once while the server is down, and works again without a restart', async () => {
    for (const end of [server.stop, server.kill]) {
      await end()
      for (let round = 0; round < 2; round += 1) {
        await allUnavailable(everything())
      }
      await server.restart()
      await Promise.all(everything())
      assert.deepEqual(await find(), { id: user })
    }
  })

  it('keeps what was acknowledged, and none of what was cut off, when the server crashes', async () => {
    const acknowledged = new Set<bigint>()
    const refused = new Set<bigint>()
    const append = async () => {
      for (;;) {
        const id = database.newId()
        const done = await database.append({ api_tokens: apiTokenRow(id, user) }).then(
          () => true,
          () => false,
        )
        if (!done) {
          refused.add(id)
          return
        }
        acknowledged.add(id)
      }
    }
    const appending = Promise.all(Array.from({ length: 16 }, append))
    while (acknowledged.size < 200) await new Promise((resolve) => setTimeout(resolve, 1))
    await server.kill()
    await appending
    await server.restart()
    const stored = new Set((await database.read.selectFrom('api_tokens').select('id').execute()).map(({ id }) => id))
    assert.deepEqual(
      [...acknowledged].filter((id) => !stored.has(id)),
      [],
    )
    assert.equal(refused.size, 16)
  })

  it('rejects with Unavailable when the server does not answer any more, and works again', async () => {
    const freezer = await startPostgresFreezer(server.url)
    const slow = await openPostgres({ url: freezer.url, connectTimeout: 2000, statementTimeout: 2000 })
    try {
      await slow.ping()
      freezer.freeze()
      await allUnavailable([slow.ping(), slow.append({ api_tokens: apiTokenRow(database.newId(), user) }), slow.ping()])
      await allUnavailable([slow.ping()])
      freezer.thaw()
      await eventually(slow.ping)
    } finally {
      freezer.thaw()
      await slow.close()
      await freezer.close()
    }
  })

  it('says within a second that it is not well when all connections are taken', async () => {
    const crowded = await openPostgres({ url: server.url, poolSize: 2, statementTimeout: 5000 })
    const sleeping = Array.from({ length: 2 }, async () => sql`select pg_sleep(1.5)`.execute(crowded.read))
    await new Promise(setImmediate)
    await assert.rejects(crowded.ping(), Unavailable)
    await Promise.all(sleeping)
    await crowded.ping()
    await crowded.close()
  })

  it('rejects with Unavailable when a statement takes too long', async () => {
    const impatient = await openPostgres({ url: server.url, statementTimeout: 50 })
    await assert.rejects(sql`select pg_sleep(10)`.execute(impatient.read), Unavailable)
    await assert.rejects(
      impatient.write(async (transaction) => sql`select pg_sleep(10)`.execute(transaction)),
      Unavailable,
    )
    await impatient.ping()
    await impatient.close()
  })

  it('rejects with Unavailable when another transaction holds the row for too long, and changes nothing', async () => {
    const impatient = await openPostgres({ url: server.url, statementTimeout: 50 })
    const rename = async (on: Database, username: string) =>
      on.write(async (transaction) =>
        transaction.updateTable('users').set({ username }).where('id', '=', user).execute(),
      )
    await database.write(async (transaction) => {
      await transaction.updateTable('users').set({ username: 'first' }).where('id', '=', user).execute()
      await assert.rejects(rename(impatient, 'second'), Unavailable)
    })
    const { username } = await database.read
      .selectFrom('users')
      .select('username')
      .where('id', '=', user)
      .executeTakeFirstOrThrow()
    assert.equal(username, 'first')
    await impatient.close()
  })

  it('runs a unit again that was in a deadlock', async () => {
    const [one, other] = [database.newId(), database.newId()]
    await database.append({ users: [userRow(one, 'one'), userRow(other, 'other')] })
    let runs = 0
    let meeting = 0
    const both = Promise.withResolvers<void>()
    const lock = async (ids: readonly bigint[]) =>
      database.write(async (transaction) => {
        runs += 1
        for (const id of ids) {
          await transaction.updateTable('users').set({ is_staff: 1 }).where('id', '=', id).execute()
          meeting += 1
          if (meeting === 2) both.resolve()
          await both.promise
        }
      })
    await sql`alter system set deadlock_timeout = '20ms'`.execute(database.read)
    await sql`select pg_reload_conf()`.execute(database.read)
    await Promise.all([lock([one, other]), lock([other, one])])
    assert.equal(runs, 3)
  })

  it('runs a unit again that could not be serialized', async () => {
    let runs = 0
    await database.write(async (transaction) => {
      runs += 1
      await sql`set transaction isolation level repeatable read`.execute(transaction)
      await transaction.selectFrom('users').select('id').execute()
      if (runs === 1) {
        await database.write(async (inner) =>
          inner.updateTable('users').set({ is_staff: 0 }).where('id', '=', user).execute(),
        )
      }
      await transaction.updateTable('users').set({ is_staff: 1 }).where('id', '=', user).execute()
    })
    assert.equal(runs, 2)
  })

  it('goes on when a migration changes a table under its prepared statements', async () => {
    const all = database.lookup((read, match) => read.selectFrom('groups').selectAll().where(match('id')))
    await database.append({ groups: { id: 1n, name: 'a', permissions: '' } })
    for (let round = 0; round < 4; round += 1) await Promise.all([all(1n), new Promise(setImmediate)])
    const read = async () => database.read.selectFrom('groups').selectAll().execute()
    for (let round = 0; round < 4; round += 1) await Promise.all([read(), read(), read()])
    await database.write(async (transaction) =>
      sql`alter table groups add column size bigint default 4`.execute(transaction),
    )
    const expected = { id: 1n, name: 'a', permissions: '', size: 4 }
    assert.deepEqual(await all(1n), expected)
    const unit = database.write(async (transaction) => transaction.selectFrom('groups').selectAll().execute())
    assert.deepEqual(await unit, [expected])
    assert.deepEqual(await Promise.all([read(), read(), read()]), [[expected], [expected], [expected]])
  })

  it('tells who listens what was notified, also after the connection was lost', async () => {
    const ears = new EventEmitter()
    const hear = async () => once(ears, 'notice')
    const first = hear()
    const stop = await database.listen?.('doorward_test', () => ears.emit('notice'))
    await first
    const notify = async () =>
      database.write(async (transaction) => sql`select pg_notify('doorward_test', '')`.execute(transaction))
    await Promise.all([hear(), notify()])
    const afterLoss = hear()
    await server.kill()
    await server.restart()
    await afterLoss
    await Promise.all([hear(), notify()])
    await stop?.()
  })

  it('refuses a channel that is not a plain name', async () => {
    await assert.rejects(async () => database.listen?.('x; drop table users', () => undefined), TypeError)
  })

  it('cannot be opened where nobody listens, with a wrong option, or with a wrong name', async () => {
    await assert.rejects(openPostgres({ url: 'postgres://postgres@127.0.0.1:1/postgres' }), Unavailable)
    await assert.rejects(openPostgres({ url: server.url, poolSize: 1 }), /poolSize/)
    await assert.rejects(openPostgres({ url: server.url.replace(/postgres$/, 'nowhere') }), /nowhere/)
  })
})

async function allUnavailable(asked: readonly Promise<unknown>[]) {
  for (const outcome of await Promise.allSettled(asked)) {
    assert.equal(outcome.status, 'rejected')
    assert.ok(outcome.reason instanceof Unavailable, String(outcome.reason))
  }
}
