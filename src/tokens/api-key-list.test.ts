import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { createApiKeyList, type ApiKeyFilter, type ApiKeyList } from './api-key-list.ts'
import { createApiKeys } from './api-keys.ts'
import { onEachDatabase, type Stage } from './databases.contract.ts'
import { createTokenFormat } from './format.ts'

const day = 86_400_000
const by = { by: { actor: 'system' } }

onEachDatabase('the list of API keys', (stage) => {
  const format = createTokenFormat()

  async function filled({ database, clock, time, addUser, addServiceAccount }: Stage) {
    const keys = createApiKeys({ database, format, clock })
    const user = { kind: 'user', id: formatId((await addUser()).id) } as const
    const service = { kind: 'service_account', id: formatId((await addServiceAccount()).id) } as const
    const ids: Record<string, string> = {}
    const make = async (name: string, owner: typeof user | typeof service, expiresAt: number | null = null) => {
      time.now += 1000
      ids[name] = (await keys.create({ owner, name, expiresAt })).record.id
    }
    await make('unending', user)
    await make('of service', service)
    await make('soon', user, time.now + 3 * day)
    await make('later', user, time.now + 200 * day)
    await make('disabled', user)
    await make('revoked', user, time.now + day)
    await keys.disable(String(ids['disabled']), by)
    await keys.revoke(String(ids['revoked']), by)
    const names = async (filter: ApiKeyFilter, limit = 50): Promise<readonly string[]> =>
      (await all(createApiKeyList({ database, format }), filter, limit)).map(({ name }) => name)
    return { keys, user, service, ids, names }
  }

  /** Every page of a list, a few at a time. */
  async function all(list: ApiKeyList, filter: ApiKeyFilter, limit: number) {
    const found = []
    for (let after: string | undefined; ;) {
      const { items, next } = await list.page(filter, { limit, after })
      assert.ok(items.length <= limit)
      found.push(...items)
      if (next === null) return found
      after = next
    }
  }

  it('finds those that may do much: the scope admin, and ten scopes and more', async () => {
    const { keys, user, ids, names } = await filled(await stage())
    const make = async (name: string, scopes: readonly string[]): Promise<string> =>
      (await keys.create({ owner: user, name, scopes })).record.id
    await make('administers', ['read', 'admin'])
    await make('administers nothing', ['admin:read', 'not-admin', 'administer'])
    await make(
      'nine',
      Array.from({ length: 9 }, (_, index) => `s${index}`),
    )
    await make(
      'ten',
      Array.from({ length: 10 }, (_, index) => `s${index}`),
    )
    await keys.revoke(await make('revoked too', ['admin']), by)
    assert.deepEqual(await names({ isBroad: true }), ['ten', 'administers'])
    assert.deepEqual(await names({ isBroad: true }, 1), ['ten', 'administers'])
    assert.ok(ids['soon'] !== undefined)
  })

  it('is read page by page, newest first, by owner and by state [AD12]', async () => {
    const { user, service, names } = await filled(await stage())
    const newestFirst = ['revoked', 'disabled', 'later', 'soon', 'of service', 'unending']
    assert.deepEqual(await names({}), newestFirst)
    assert.deepEqual(await names({}, 1), newestFirst)
    assert.deepEqual(await names({ owner: service }), ['of service'])
    assert.deepEqual(await names({ owner: user, state: 'on' }, 2), ['later', 'soon', 'unending'])
    assert.deepEqual(await names({ state: 'disabled' }), ['disabled'])
    assert.deepEqual(await names({ state: 'revoked' }), ['revoked'])
  })

  it('tells what never ends and what ends soon, the next first', async () => {
    const place = await stage()
    const { names } = await filled(place)
    const soon = place.time.now + 14 * day
    assert.deepEqual(await names({ expires: false }), ['disabled', 'of service', 'unending'])
    assert.deepEqual(await names({ expires: true }), ['soon', 'later'])
    assert.deepEqual(await names({ expiresAfter: place.time.now, expiresBefore: soon }), ['soon'])
    assert.deepEqual(await names({ expiresBefore: place.time.now + 300 * day }, 1), ['soon', 'later'])
    assert.deepEqual(await names({ expiresAfter: place.time.now + 4 * day, expiresBefore: soon }), [])
  })

  it('tells what has not been used for long, the longest first', async () => {
    const place = await stage()
    const { database, time } = place
    const { names, ids } = await filled(place)
    time.now += 100 * day
    const used = async (name: string, at: number): Promise<void> => {
      await database.write(async (unit) => {
        const row = unit.updateTable('api_keys').set({ last_used_at: at }).where('name', '=', name)
        await row.execute()
      })
    }
    await used('later', time.now - day)
    await used('unending', time.now - 95 * day)
    assert.deepEqual(await names({ unusedSince: time.now - 90 * day }, 2), [
      'of service',
      'soon',
      'disabled',
      'unending',
    ])
    assert.deepEqual(await names({ unusedSince: time.now - 99 * day }), ['of service', 'soon', 'disabled'])
    assert.ok(ids['later'] !== undefined)
  })

  it('begins at no place that it has not named', async () => {
    const { database } = await stage()
    const list = createApiKeyList({ database, format })
    for (const after of ['', 'x', '1.x', '1', `x.${formatId(1n)}`]) {
      await assert.rejects(list.page({}, { after }), { code: 'invalid' })
      await assert.rejects(list.page({ unusedSince: 1 }, { after }), { code: 'invalid' })
    }
    assert.deepEqual(await list.page({ owner: { kind: 'user', id: formatId(1n) } }), { items: [], next: null })
    assert.equal(await list.read('nobody'), null)
  })
})
