import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createSessionList } from '../src/accounts/session-list.ts'
import { createUserList } from '../src/accounts/user-list.ts'
import { createLists } from '../src/server/lists.ts'
import type { Database } from '../src/storage/database.ts'
import { formatId } from '../src/storage/id.ts'
import { person } from '../src/screens/person.contract.ts'
import { openPostgres } from '../src/storage/postgres.ts'
import { openSqlite } from '../src/storage/sqlite.ts'
import { createTestDoorward, type TestDoorward } from '../src/testing/test-doorward.ts'
import { createTokenFormat } from '../src/tokens/format.ts'
import { type Filled, fillRows } from '../test/services/million-rows.ts'
import { type FilledSessions, fillSessions } from '../test/services/million-sessions.ts'
import { startPostgres } from '../test/services/postgres.ts'

// What a page of a list costs administrators where there are a million users and as many API keys and sessions: 50 rows, milliseconds.
const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
const day = 86_400_000

const folder = mkdtempSync(join(tmpdir(), 'doorward-million-'))
const sqlite = await measured(await openSqlite({ path: join(folder, 'doorward.sqlite3') }))
rmSync(folder, { recursive: true })
const server = await startPostgres()
const postgres = await measured(await openPostgres({ url: await server.createDatabase(), statementTimeout: 600_000 }))
await server.stop()

process.stdout.write(
  `| a page of 50, of ${values.rows} rows | SQLite, median / slowest of 100, ms | PostgreSQL |\n|---|---|---|\n`,
)
for (const [name, figure] of sqlite) process.stdout.write(`| ${name} | ${figure} | ${postgres.get(name) ?? ''} |\n`)

async function measured(database: Database): Promise<ReadonlyMap<string, string>> {
  await database.migrate()
  const filled = await fillRows(database, Number(values.rows))
  const sessions = await fillSessions(database, filled, Number(values.rows))
  const figures = new Map<string, string>()
  await using doorward = await createTestDoorward({ now: filled.now, openDatabase: async () => database })
  for (const [name, read] of [
    ...readsOf(database, filled),
    ...sessionsOf(database, filled, sessions),
    ...(await pagesOf(doorward, filled)),
  ]) {
    figures.set(name, await timed(read))
    process.stderr.write(`${database.dialect}: ${name}: ${figures.get(name)}\n`)
  }
  return figures
}

function readsOf(
  database: Database,
  { now, userId, keyId, groupId }: Filled,
): readonly (readonly [string, () => Promise<unknown>])[] {
  const users = createUserList(database)
  const { apiKeys } = createLists(
    { database, format: createTokenFormat(), clock: () => now },
    { sessionIdle: 1_209_600 },
  )
  const half = Math.floor(Number(values.rows) / 2)
  const after = formatId(userId(half))
  const behind = formatId(keyId(half))
  const owner = { kind: 'user', id: formatId(userId(half)) } as const
  return [
    ['users, first page', async () => users()],
    ['users, a page in the middle', async () => users({ after })],
    ['users by the beginning of a name', async () => users({ search: `user${half}` })],
    ['users by a beginning that all have', async () => users({ search: 'user' })],
    ['users of a large group', async () => users({ group: formatId(groupId), after })],
    ['staff', async () => users({ isStaff: true })],
    ['disabled users', async () => users({ isActive: false, after })],
    ['users made in 30 days', async () => users({ createdFrom: now - 530 * day, createdUntil: now - 500 * day })],
    ['users of a large group, no match', async () => users({ group: formatId(groupId), source: 'sign_up' })],
    [
      'users by a beginning that many have, no match',
      async () => users({ search: 'user1', group: formatId(groupId), source: 'sign_up' }),
    ],
    ['keys, a page in the middle', async () => apiKeys.page({}, { after: behind })],
    ['keys of a user', async () => apiKeys.page({ owner })],
    ['keys switched off', async () => apiKeys.page({ state: 'disabled' })],
    ['keys that never end', async () => apiKeys.page({ expires: false }, { after: behind })],
    ['keys that end in 14 days', async () => apiKeys.page({ expiresAfter: now, expiresBefore: now + 14 * day })],
    ['keys unused for 90 days', async () => apiKeys.page({ unusedSince: now - 90 * day })],
    [
      'keys unused for 90 days that end, a few of them',
      async () => apiKeys.page({ unusedSince: now - 90 * day, expires: true, state: 'disabled' }),
    ],
    [
      'keys unused for 3 years that end late, no match',
      async () => apiKeys.page({ unusedSince: now - 900 * day, expiresAfter: now + 600 * day, state: 'on' }),
    ],
  ]
}

function sessionsOf(
  database: Database,
  { now, userId }: Filled,
  { sessionId, idle, large, small }: FilledSessions,
): readonly (readonly [string, () => Promise<unknown>])[] {
  const { page } = createSessionList({ database, clock: () => now, idle })
  const half = Math.floor(Number(values.rows) / 2)
  const after = formatId(sessionId(half))
  return [
    ['sessions, a page in the middle', async () => page({}, { after })],
    ['sessions of a user', async () => page({ userId: formatId(userId(half)) })],
    ['sessions of an address', async () => page({ network: '10.1.2.3' })],
    ['sessions of a large network', async () => page({ network: '10.0.0.0/9' })],
    ['sessions from before a time', async () => page({ startedBefore: now - 15 * day })],
    ['sessions not seen since', async () => page({ lastSeenBefore: now - 10 * day })],
    ['sessions by password, a page in the middle', async () => page({ way: 'password' }, { after })],
    ['sessions by a code for emergencies', async () => page({ way: 'emergency' })],
    ['sessions with one factor alone', async () => page({ withoutSecondFactor: true }, { after })],
    ['sessions of an application that has many', async () => page({ client: large })],
    ['sessions of an application that has three', async () => page({ client: small })],
    [
      'sessions by all of these',
      async () =>
        page({
          way: 'password',
          withoutSecondFactor: true,
          client: large,
          network: '10.0.0.0/9',
          startedBefore: now,
          lastSeenBefore: now,
        }),
    ],
    // Nothing matches, and every part of it lets many through: as many rows are looked at as for any page.
    ['sessions, no match among many', async () => page({ way: 'passkey', withoutSecondFactor: true })],
    [
      'sessions, no match in a large network',
      async () => page({ way: 'passkey', withoutSecondFactor: true, network: '10.0.0.0/8', startedBefore: now }),
    ],
    [
      'sessions, no match of an application that has many',
      async () => page({ way: 'passkey', withoutSecondFactor: true, client: large }),
    ],
  ]
}

/** What a browser waits for, and a program: asked over HTTP, and answered whole. */
async function pagesOf(
  doorward: TestDoorward,
  { userId, groupId }: Filled,
): Promise<readonly (readonly [string, () => Promise<unknown>])[]> {
  const password = 'correct horse battery'
  await doorward.users.create({ username: 'root', password, isStaff: true, isSuperuser: true })
  const root = person(await doorward.listen())
  await root.signIn('root', password)
  const half = Math.floor(Number(values.rows) / 2)
  const group = formatId(groupId)
  const paths = [
    '/admin/',
    '/admin/users/',
    `/admin/users/?search=user${half}`,
    `/admin/users/?group=${group}&source=sign_up`,
    `/admin/users/${formatId(userId(half))}/`,
    '/admin/keys/',
    '/admin/keys/?state=unused',
    '/admin/sessions/',
    '/admin/sessions/?network=10.0.0.0/9',
    '/api/admin/users/',
    '/api/admin/users/?search=user',
    '/api/admin/keys/',
    '/api/admin/sessions/',
  ]
  return paths.map((path) => [
    path,
    async () => {
      const { status } = await root.get(path)
      if (status !== 200) throw new Error(`${path} answered ${status}.`)
    },
  ])
}

async function timed(read: () => Promise<unknown>): Promise<string> {
  await read()
  const times: number[] = []
  for (let round = 0; round < 100; round += 1) {
    const begun = performance.now()
    await read()
    times.push(performance.now() - begun)
  }
  const sorted = times.toSorted((a, b) => a - b)
  return `${(sorted[50] ?? Number.NaN).toFixed(1)} / ${(sorted.at(-1) ?? Number.NaN).toFixed(1)}`
}
