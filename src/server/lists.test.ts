import assert from 'node:assert/strict'
import { it } from 'node:test'
import { clientRow } from '../storage/databases.contract.ts'
import { formatId } from '../storage/id.ts'
import { createApiTokens } from '../tokens/api-tokens.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { createServiceAccounts } from '../tokens/service-accounts.ts'
import type { Page, PageOptions } from '../storage/keyset.ts'
import { createLists } from './lists.ts'

const day = 86_400_000
const by = { by: { actor: 'system' } }

onEachDatabase('what administrators read page by page', (stage) => {
  const format = createTokenFormat()
  const listsOf = ({ database, clock }: Stage) => createLists({ database, format, clock }, { sessionIdle: 86_400 })

  /** Every page of a list, two at a time. */
  async function all<Item>(read: (page: PageOptions) => Promise<Page<Item>>): Promise<readonly Item[]> {
    const found: Item[] = []
    for (let after: string | undefined; ;) {
      const { items, next } = await read({ limit: 2, after })
      assert.ok(items.length <= 2)
      found.push(...items)
      if (next === null) return found
      after = next
    }
  }

  it('lists API tokens by owner, and by whether they end', async () => {
    const place = await stage()
    const tokens = createApiTokens({ database: place.database, format, clock: place.clock })
    const [ada, bob] = [await place.addUser(), await place.addUser()]
    const owner = { kind: 'user', id: formatId(ada.id) } as const
    for (const [name, expiresIn] of [
      ['a', null],
      ['b', 60],
      ['c', null],
    ] as const) {
      await tokens.issue({ owner, name, expiresIn })
    }
    await tokens.issue({ owner: { kind: 'user', id: formatId(bob.id) }, name: 'd' })
    const { apiTokens } = listsOf(place)
    const names = async (filter: object) =>
      (await all(async (page) => apiTokens.page(filter, page))).map((one) => one.name)
    assert.deepEqual(await names({}), ['d', 'c', 'b', 'a'])
    assert.deepEqual(await names({ owner }), ['c', 'b', 'a'])
    assert.deepEqual(await names({ owner, expires: false }), ['c', 'a'])
    assert.deepEqual(await names({ expires: true }), ['b'])
    const [first] = (await apiTokens.page()).items
    assert.deepEqual(await apiTokens.read(first?.id ?? ''), first)
    assert.equal(await apiTokens.read('nobody'), null)
  })

  it('lists service accounts by who answers for them, and finds those for whom nobody does', async () => {
    const place = await stage()
    const accounts = createServiceAccounts({ database: place.database, clock: place.clock })
    const ada = formatId((await place.addUser()).id)
    for (const [name, ownerId] of [
      ['a', ada],
      ['b', null],
      ['c', ada],
    ] as const) {
      const { id } = await accounts.create({ name, ownerId }, by)
      if (name === 'c') await accounts.disable(id, by)
    }
    const { serviceAccounts } = listsOf(place)
    const names = async (filter: object) =>
      (await all(async (page) => serviceAccounts(filter, page))).map((one) => one.name)
    assert.deepEqual(await names({}), ['c', 'b', 'a'])
    assert.deepEqual(await names({ ownerId: ada }), ['c', 'a'])
    assert.deepEqual(await names({ ownerId: ada, isActive: true }), ['a'])
    assert.deepEqual(await names({ ownerId: null }), ['b'])
    assert.deepEqual(await names({ ownerId: 'nobody' }), [])
  })

  it('lists the sessions that are not over, of all or of one user', async () => {
    const place = await stage()
    const { database, time } = place
    const [ada, bob] = [await place.addUser({ username: 'ada' }), await place.addUser()]
    const add = async (userId: bigint, more: object = {}): Promise<string> => {
      const id = database.newId()
      await database.append({
        sessions: {
          id,
          digest: new Uint8Array(32),
          user_id: userId,
          created_at: time.now,
          last_seen_at: time.now,
          expires_at: time.now + day,
          authenticated_at: time.now,
          amr: 'pwd otp',
          address: '192.0.2.1',
          user_agent: 'test',
          address_key: null,
          sign_in_id: id,
          ...more,
        },
      })
      return formatId(id)
    }
    const first = await add(ada.id)
    const second = await add(bob.id)
    await add(ada.id, { expires_at: time.now })
    await add(ada.id, { last_seen_at: time.now - 2 * day })
    const { sessions } = listsOf(place)
    const ids = async (filter: object) => (await all(async (page) => sessions.page(filter, page))).map(({ id }) => id)
    assert.deepEqual(await ids({}), [second, first])
    assert.deepEqual(await ids({ userId: formatId(ada.id) }), [first])
    const found = await sessions.read(first)
    assert.deepEqual([found?.username, found?.userId, found?.amr], ['ada', formatId(ada.id), ['pwd', 'otp']])
    time.now += 2 * day
    assert.deepEqual([await ids({}), await sessions.read(first)], [[], null])
  })

  it('lists grants by user and client, and by whether they are over', async () => {
    const place = await stage()
    const { database, time } = place
    const [ada, bob] = [await place.addUser({ username: 'ada' }), await place.addUser()]
    const client = database.newId()
    await database.append({
      clients: clientRow(client, { identifier: 'https://app.example/client', name: 'App', created_at: time.now }),
    })
    const add = async (userId: bigint, more: object = {}): Promise<string> => {
      const id = database.newId()
      const row = { id, client_id: client, user_id: userId, sign_in_id: null, scopes: 'read write', resources: '' }
      const times = {
        is_offline: 1,
        created_at: time.now,
        expires_at: time.now + day,
        revoked_at: null,
        revoked_for: null,
        last_used_at: null,
        organisation_id: null,
      }
      await database.append({ grants: { ...row, ...times, detail: '{"by":"device_code"}', ...more } })
      return formatId(id)
    }
    const alive = await add(ada.id)
    const revoked = await add(ada.id, { revoked_at: time.now, revoked_for: 'reused' })
    const foreign = await add(bob.id)
    const { grants } = listsOf(place)
    const ids = async (filter: object) => (await all(async (page) => grants.page(filter, page))).map(({ id }) => id)
    assert.deepEqual(await ids({}), [foreign, revoked, alive])
    assert.deepEqual(await ids({ userId: formatId(ada.id) }), [revoked, alive])
    assert.deepEqual(await ids({ clientId: 'https://app.example/client', isAlive: true }), [foreign, alive])
    assert.deepEqual(await ids({ isAlive: false }), [revoked])
    assert.deepEqual([await ids({ clientId: 'nobody' }), await ids({ userId: 'nobody' })], [[], []])
    const found = await grants.read(revoked)
    assert.deepEqual(
      [found?.clientId, found?.username, found?.scopes, found?.revokedFor],
      ['https://app.example/client', 'ada', ['read', 'write'], 'reused'],
    )
    time.now += 2 * day
    assert.deepEqual(await ids({ isAlive: true }), [])
  })

  it('lists the counters that are in use by key, and forgets those that begin alike', async () => {
    const place = await stage()
    const { database, time } = place
    await database.write(async (unit) => {
      const row = (key: string, end: number) => ({ key, arrival: end * 1000, expires_at: end })
      const rows = ['guess.pair:a:1', 'guess.pair:a:2', 'guess.pair:b:1', 'rate:x'].map((key) =>
        row(key, time.now + 1000),
      )
      await unit
        .insertInto('throttle_counters')
        .values([...rows, row('full', time.now)])
        .execute()
    })
    const { throttleCounters } = listsOf(place)
    const keys = async (filter: object) =>
      (await all(async (page) => throttleCounters.page(filter, page))).map(({ key }) => key)
    assert.deepEqual(await keys({}), ['guess.pair:a:1', 'guess.pair:a:2', 'guess.pair:b:1', 'rate:x'])
    assert.equal(await throttleCounters.clear('guess.pair:a:'), 2)
    assert.deepEqual(await keys({ prefix: 'guess.' }), ['guess.pair:b:1'])
    await assert.rejects(throttleCounters.clear(''), { code: 'invalid' })
  })
})
