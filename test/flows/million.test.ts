import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { SessionFilter } from '../../src/accounts/session-filter.ts'
import { createSessionList } from '../../src/accounts/session-list.ts'
import { createUserList, type UserFilter } from '../../src/accounts/user-list.ts'
import { createLists } from '../../src/server/lists.ts'
import type { Database } from '../../src/storage/database.ts'
import { formatId } from '../../src/storage/id.ts'
import type { Page } from '../../src/storage/keyset.ts'
import { formatPlace } from '../../src/storage/place.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import { openSqlite } from '../../src/storage/sqlite.ts'
import { createTokenFormat } from '../../src/tokens/format.ts'
import { fillCounters, type Filled, fillRows } from '../services/million-rows.ts'
import { type FilledSessions, fillSessions } from '../services/million-sessions.ts'
import { type Watched, watched } from '../services/query-plans.ts'
import { sharedPostgres, withoutPostgres } from '../services/shared-postgres.ts'

const million = 1_000_000
const day = 86_400_000

/** What administrators ask of a long list, and the index that answers it. */
function describeLists(name: string, open: () => Promise<{ database: Database; remove: () => Promise<void> }>): void {
  describe(`a million users, keys and sessions, ${name}`, () => {
    let place: Awaited<ReturnType<typeof open>>
    let seen: Watched
    let filled: Filled
    let sessions: FilledSessions
    before(async () => {
      place = await open()
      await place.database.migrate()
      filled = await fillRows(place.database, million)
      sessions = await fillSessions(place.database, filled, million)
      seen = watched(place.database)
    })
    after(async () => {
      await place.database.close()
      await place.remove()
    })

    /** Reads something, and tells whether every row of the tables was looked at, or was put in order, to find it. */
    async function reads(work: () => Promise<unknown>, index: RegExp): Promise<void> {
      await work()
      const plans = await seen.plans()
      const text = plans.join('\n')
      assert.ok(
        plans.some((plan) => index.test(plan)),
        `${String(index)} is used:\n${text}`,
      )
      const rest = plans.map(withoutSlice).join('\n')
      assert.doesNotMatch(
        rest,
        /Seq Scan on (users|api_keys|sessions|grants)|SCAN (users|api_keys|sessions|grants)$|TEMP B-TREE FOR ORDER BY/m,
        text,
      )
      assert.doesNotMatch(rest, /^\s*(->)?\s*Sort /m, text)
    }

    /** Looks for what nothing matches, though each part lets many through: a page ends somewhere, and all of it is by one index. */
    async function findsNoneBy(index: string, page: () => Promise<Page<unknown>>): Promise<void> {
      const { items, next } = await page()
      assert.deepEqual(items, [])
      assert.notEqual(next, null)
      const slices = (await seen.plans()).filter((plan) => /CO-ROUTINE (?!some)|Subquery Scan on (?!some)/.test(plan))
      assert.ok(slices.length > 1)
      const others = new RegExp(`\\b(sessions|api_keys|users)_(?!${index.slice(index.indexOf('_') + 1)}|pkey|\\d)\\w+`)
      for (const plan of slices) {
        assert.match(plan, new RegExp(index), plan)
        assert.doesNotMatch(plan, others, plan)
      }
    }

    it('are read page by page in the order of an index, whatever is looked for [AD12]', async () => {
      const list = createUserList(seen.database)
      const after = formatId(filled.userId(600_000))
      const { now } = filled
      // A page in the middle is found as fast as the first one.
      await reads(async () => list({ after }), /users_pkey|INTEGER PRIMARY KEY/)
      await reads(async () => list({ isStaff: true, after }), /users_staff/)
      await reads(async () => list({ isSuperuser: true, after }), /users_superusers/)
      await reads(async () => list({ isActive: false, after }), /users_inactive/)
      await reads(async () => list({ source: 'service', after }), /users_by_source/)
      await reads(async () => list({ source: 'import', after }), /users_by_source|users_pkey|PRIMARY KEY/)
      await reads(async () => list({ hasSecondFactor: true, after }), /users_with_factor/)
      await reads(async () => list({ hasSecondFactor: false, after }), /users_without_factor|users_pkey|PRIMARY KEY/)
      await reads(
        async () => list({ createdFrom: now - 900 * day, createdUntil: now - 800 * day }),
        /users_by_creation/,
      )
      await reads(
        async () => list({ createdUntil: now - 800 * day, after: `made.${now - 850 * day}.${after}` }),
        /users_by_creation/,
      )
    })

    it('are read page by page of a group, however large', async () => {
      const list = createUserList(seen.database)
      const [large, small] = [formatId(filled.groupId), formatId(filled.smallGroupId)]
      await reads(async () => list({ group: large }), /memberships_\w+/)
      await reads(async () => list({ group: large, after: formatId(filled.userId(500_000)) }), /memberships_\w+/)
      assert.equal((await list({ group: small })).users.length, 3)
      assert.doesNotMatch((await seen.plans()).map(withoutSlice).join('\n'), /Seq Scan|SCAN (users|memberships)$/m)
    })

    it('are looked for by several things at once, in the order of one of them, as far as a page goes', async () => {
      const list = createUserList(seen.database)
      const [group, { now }] = [formatId(filled.groupId), filled]
      const page = (filter: UserFilter) => async () => {
        const { users: items, next } = await list(filter)
        return { items, next }
      }
      // A slice is a range of users: PostgreSQL reads it by whichever of two indexes it takes for shorter, by what it has counted.
      await findsNoneBy('memberships_(?:in_order|pkey)', page({ group, source: 'sign_up' }))
      await findsNoneBy('users_by_creation', page({ group, source: 'sign_up', createdUntil: now }))
      await findsNoneBy(
        'users_by_creation',
        page({ search: 'user2', source: 'import', isStaff: false, createdFrom: 0 }),
      )
      await reads(async () => list({ group, isStaff: true, createdUntil: now }), /users_staff/)
      const { users } = await list({ group, createdUntil: now - 800 * day })
      assert.equal(users.length, 50)
    })

    it('are found by the beginning of a name, rare or common, and by id', async () => {
      const list = createUserList(seen.database)
      const { users } = await list({ search: 'user77777' })
      assert.deepEqual([users.length, users[0]?.username], [11, 'user77777'])
      // It might be an id as well.
      assert.deepEqual((await list({ search: 'user7777777' })).users, [])
      const wanted = formatId(filled.userId(345_678))
      assert.deepEqual(
        (await list({ search: wanted })).users.map(({ username }) => username),
        ['user345678'],
      )
      const rare = (await seen.plans()).map(withoutSlice).join('\n')
      for (const index of [/username_key/, /email_key/]) assert.match(rare, index)
      assert.doesNotMatch(rare, /Seq Scan on users|SCAN users$/m)
      // All begin so, and each is found twice: the indexes are read as far as a page goes.
      const first = await list({ search: 'user' })
      assert.deepEqual(
        first.users.slice(0, 3).map(({ username }) => username),
        ['user0', 'user1', 'user10'],
      )
      const second = await list({ search: 'user', after: first.next ?? '' })
      assert.equal(new Set([...first.users, ...second.users].map(({ username }) => username)).size, 100)
      const common = (await seen.plans()).map(withoutSlice).join('\n')
      assert.doesNotMatch(common, /Seq Scan on users|SCAN users$/m)
    })

    it('have those found who have to wait longest at a throttle, among as many that are only remembered (A23)', async () => {
      await fillCounters(place.database, million)
      const { throttleCounters } = createLists(
        { database: seen.database, format: createTokenFormat(), clock: () => filled.now },
        { sessionIdle: 1000 },
      )
      const { items } = await throttleCounters.top(10)
      assert.deepEqual([items.length, items[0]?.key], [10, 'guess.pair:999999'])
      const plan = (await seen.plans()).join('\n')
      assert.match(plan, /throttle_counters_waiting/)
      assert.doesNotMatch(plan, /Seq Scan|SCAN throttle_counters$|TEMP B-TREE|^\s*(->)?\s*Sort /m)
    })

    it('have their sessions found by whatever they are narrowed to, each by an index of its own (A18)', async () => {
      const { now } = filled
      const { idle, large, small, sessionId } = sessions
      const list = createSessionList({ database: seen.database, clock: () => now, idle })
      const after = formatId(sessionId(600_000))
      const user = formatId(filled.userId(123_456))
      await reads(async () => list.page({}, { after }), /sessions_pkey|INTEGER PRIMARY KEY/)
      await reads(async () => list.page({ userId: user }), /sessions_by_user/)
      await reads(async () => list.page({ network: '10.7.8.9' }), /sessions_by_address/)
      await reads(async () => list.page({ network: '10.0.0.0/8' }), /sessions_by_address/)
      await reads(
        async () =>
          list.page(
            { network: '10.8.0.0/16' },
            { after: formatPlace({ order: 'network', value: '40a080102', id: sessionId(600_000) }) },
          ),
        /sessions_by_address/,
      )
      await reads(async () => list.page({ startedBefore: now - 15 * day }), /sessions_by_creation/)
      await reads(
        async () => list.page({ startedBefore: now - 5 * day }, { after: `started.${now - 15 * day}.${after}` }),
        /sessions_by_creation/,
      )
      await reads(async () => list.page({ lastSeenBefore: now - 10 * day }), /sessions_by_last_seen/)
      await reads(async () => list.page({ way: 'emergency' }), /sessions_by_emergency/)
      await reads(async () => list.page({ way: 'remembered' }), /sessions_by_remembered/)
      await reads(async () => list.page({ way: 'elsewhere' }), /sessions_by_elsewhere/)
      await reads(async () => list.page({ way: 'email' }), /sessions_by_email/)
      await reads(async () => list.page({ way: 'passkey' }, { after }), /sessions_by_passkey|sessions_pkey|PRIMARY KEY/)
      await reads(
        async () => list.page({ way: 'password' }, { after }),
        /sessions_by_password|sessions_pkey|PRIMARY KEY/,
      )
      await reads(
        async () => list.page({ withoutSecondFactor: true }, { after }),
        /sessions_with_one_factor|sessions_pkey|PRIMARY KEY/,
      )
      for (const client of [large, small]) {
        await list.page({ client })
        const plan = (await seen.plans()).map(withoutSlice).join('\n')
        // Of one that every third sign-in has, any index of sign-ins is as good; of one with three, either of its own.
        assert.match(plan, client === large ? /grants_(?:alive_by_client|by_sign_in)/ : /grants_(?:alive_)?by_client/)
        assert.doesNotMatch(plan, /Seq Scan on (sessions|grants)|SCAN (sessions|grants)$/m, plan)
      }
      // Where several narrow it, one that leaves few is gone along, and the rest asked of its rows, however rare a database takes
      // it to be.
      const both = { way: 'emergency', startedBefore: now - 5 * day, network: '10.0.0.0/8' } as const
      await reads(async () => list.page(both), /sessions_by_emergency/)
      const none = { way: 'passkey', withoutSecondFactor: true } as const
      await findsNoneBy('sessions_by_last_seen', async () => list.page({ ...none, lastSeenBefore: now, client: large }))
      await findsNoneBy('sessions_by_sign_in', async () => list.page({ ...none, client: large }))
    })

    it('have the few sessions among a million on the first page, and each on one page alone (A18)', async () => {
      const { idle, small, sessionId } = sessions
      const list = createSessionList({ database: place.database, clock: () => filled.now, idle })
      const found = async (filter: SessionFilter): Promise<number> => {
        const { items, next } = await list.page(filter, { limit: 100 })
        assert.equal(next, null)
        return items.length
      }
      assert.equal(await found({ way: 'emergency' }), 20)
      assert.equal(await found({ way: 'remembered', startedBefore: filled.now - 10 * day }), 10)
      assert.equal(await found({ client: small }), 3)
      assert.equal(await found({ network: '10.5.6.0/26' }), 64)
      assert.equal(await found({ network: '10.15.255.255' }), 0)
      assert.equal(await found({ userId: formatId(filled.userId(7)), way: 'password' }), 1)
      const seenIds = new Set<string>()
      const range = { network: '10.3.0.0/22', withoutSecondFactor: true }
      let after: string | undefined
      do {
        const { items, next } = await list.page(range, { after, limit: 200 })
        for (const { id } of items) {
          assert.ok(!seenIds.has(id))
          seenIds.add(id)
        }
        after = next ?? undefined
      } while (after !== undefined)
      // A place that is not in the range leads to no rows outside of it.
      const [before, behind] = ['40b000000', '409000000'].map((value) =>
        formatPlace({ order: 'network', value, id: sessionId(0) }),
      )
      assert.deepEqual(await list.page(range, { after: before }), await list.page(range))
      assert.deepEqual(await list.page(range, { after: behind }), { items: [], next: null })
      const all = await place.database.read
        .selectFrom('sessions')
        .select('id')
        .where('address', 'like', '10.3.%')
        .where('address_key', '<', '40a030400')
        .where('amr', 'not like', '%mfa%')
        .execute()
      assert.deepEqual([...seenIds].toSorted(), all.map(({ id }) => formatId(id)).toSorted())
    })

    it('have their keys listed by owner, state, end and last use, each by an index of its own [AD12]', async () => {
      const { apiKeys } = createLists(
        { database: seen.database, format: createTokenFormat(), clock: () => filled.now },
        { sessionIdle: 1000 },
      )
      const { now } = filled
      const after = formatId(filled.keyId(400_000))
      const owner = { kind: 'user', id: formatId(filled.userId(123_456)) } as const
      assert.equal((await apiKeys.page({ owner })).items[0]?.name, 'key123456')
      assert.match((await seen.plans()).join('\n'), /api_keys_by_user/)
      await reads(async () => apiKeys.page({}, { after }), /api_keys_pkey|INTEGER PRIMARY KEY/)
      await reads(async () => apiKeys.page({ state: 'disabled' }, { after }), /api_keys_off/)
      await reads(
        async () => apiKeys.page({ state: 'revoked' }, { after }),
        /api_keys_revoked|api_keys_pkey|PRIMARY KEY/,
      )
      await reads(async () => apiKeys.page({ state: 'on' }, { after }), /api_keys_on|api_keys_pkey|PRIMARY KEY/)
      await reads(
        async () => apiKeys.page({ expires: false }, { after }),
        /api_keys_unending|api_keys_pkey|PRIMARY KEY/,
      )
      await reads(async () => apiKeys.page({ expiresAfter: now, expiresBefore: now + 14 * day }), /api_keys_by_end/)
      await reads(async () => apiKeys.page({ unusedSince: now - 90 * day }), /api_keys_unused/)
      await reads(
        async () => apiKeys.page({ unusedSince: now - 90 * day }, { after: `unused.${now - 700 * day}.${after}` }),
        /api_keys_unused/,
      )
    })
  })
}

describeLists('on SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-million-'))
  const database = await openSqlite({ path: join(folder, 'doorward.sqlite3') })
  return { database, remove: async () => rmSync(folder, { recursive: true }) }
})

if (!withoutPostgres) {
  describeLists('on PostgreSQL', async () => {
    const url = await (await sharedPostgres()).createDatabase()
    // To fill takes longer than any request may.
    const database = await openPostgres({ url, statementTimeout: 600_000 })
    return { database, remove: async () => undefined }
  })
}

/**
 * A plan without what is done with the rows of a slice, which was read before: they are two thousand at the most. On SQLite it has
 * the name of the table that they are from.
 */
function withoutSlice(plan: string): string {
  return plan
    .replace(/^(CO-ROUTINE (\w+)\n[^]*\n)SCAN \2(?:\nSEARCH users .*)?(?:\nUSE TEMP B-TREE FOR ORDER BY)?$/m, '$1')
    .replace(/^Limit .*\n *-> {2}Sort .*\n *Sort Key: .*\n(?= *-> {2}(?:Limit|Subquery Scan) )/, '')
}
