import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createSealer } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import type { ForeignTokens } from './foreign-identity.ts'
import { foreignIdentity } from './identity.contract.ts'
import { createLinkedAccounts } from './linked-accounts.ts'
import { ProviderRefused, ProviderUnavailable } from './provider-refused.ts'
import { readProviders } from './provider-settings.ts'
import { createProviderTokens, type ProviderTokens } from './provider-tokens.ts'
import { createSealedTokens } from './sealed-tokens.ts'
import { createGithubProvider } from './github-provider.ts'
import { createOpenIdProvider } from './openid-provider.ts'
import { ledTo, providerAt } from './social.contract.ts'
import { startStandIn } from './stand-in.contract.ts'

const sealer = createSealer({ secret: 's'.repeat(32) })
const providers = readProviders([
  { id: 'acme', issuer: 'https://acme.example', clientId: 'x', storeTokens: true },
  { id: 'other', issuer: 'https://other.example', clientId: 'x' },
])
const hour = 3_600_000

onEachDatabase('createProviderTokens', (stage) => {
  it('gives what was kept while it is good, and refreshes it before it ends, sealed [B-SOC-11]', async () => {
    const at = await open(stage)
    assert.equal((await at.tokens.of(at.id, 'acme'))?.accessToken, 'access-0')
    assert.equal(await at.tokens.of(at.id, 'other'), null)
    assert.equal(await at.tokens.of('nobody', 'acme'), null)
    at.time.now += hour - 59_000
    const fresh = await at.tokens.of(at.id, 'acme')
    assert.deepEqual(fresh, {
      accessToken: 'access-1',
      refreshToken: 'refresh-1',
      // What is not given anew stays.
      idToken: 'id-0',
      expiresAt: at.time.now + hour,
      scope: 'mail',
    })
    assert.deepEqual(at.asked, ['refresh-0'])
    assert.deepEqual(await at.tokens.of(at.id, 'acme'), fresh)
    assert.equal(at.asked.length, 1)
    const row = await at.database.read.selectFrom('linked_accounts').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.refreshing_until, null)
    assert.ok(
      !Buffer.from(row.tokens ?? [])
        .toString('latin1')
        .includes('access-1'),
    )
    const events = await at.database.read.selectFrom('audit_events').select(['event', 'actor']).execute()
    assert.deepEqual(events.at(-1), { event: 'linked_account.tokens_refreshed', actor: 'provider:acme' })
  })

  it('asks the provider once, however many want them at once, in however many processes', async () => {
    const at = await open(stage)
    at.time.now += hour
    at.answer = async (token) => {
      await wait(120)
      return { ...given(at.time.now, at.asked.length), refreshToken: token === 'refresh-0' ? 'refresh-1' : null }
    }
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? at.tokens : at.elsewhere).of(at.id, 'acme')),
    )
    assert.deepEqual(at.asked, ['refresh-0'])
    assert.deepEqual(new Set(all.map((one) => one?.accessToken)), new Set(['access-1']))
  })

  it('gives the tokens of a sign-in that comes while they are refreshed, and keeps those', async () => {
    const at = await open(stage)
    at.time.now += hour
    at.answer = async () => {
      const newer = { ...first, accessToken: 'newer', expiresAt: at.time.now + hour }
      await at.linked.used(at.linkId, foreignIdentity({ tokens: newer }), at.time.now)
      return given(at.time.now, 1)
    }
    assert.equal((await at.tokens.of(at.id, 'acme'))?.accessToken, 'newer')
    assert.equal((await at.tokens.of(at.id, 'acme'))?.accessToken, 'newer')
  })

  it('gives none any more once the provider has ended it, and does not ask again', async () => {
    const at = await open(stage)
    at.time.now += hour - 30_000
    at.answer = async () => null
    // What is left lives as long as it does.
    assert.deepEqual(await at.tokens.of(at.id, 'acme'), { ...first, expiresAt: at.start + hour, refreshToken: null })
    at.time.now += 30_000
    assert.equal(await at.tokens.of(at.id, 'acme'), null)
    assert.equal(at.asked.length, 1)
    const events = await at.database.read.selectFrom('audit_events').select('event').execute()
    assert.equal(events.at(-1)?.event, 'linked_account.tokens_ended')
  })

  it('gives what is still good where the provider cannot be asked, else says so, and tries again', async () => {
    const at = await open(stage)
    at.answer = async () => Promise.reject(new ProviderUnavailable('Acme'))
    at.time.now += hour - 30_000
    assert.equal((await at.tokens.of(at.id, 'acme'))?.accessToken, 'access-0')
    at.time.now += 30_000
    await assert.rejects(at.tokens.of(at.id, 'acme'), { status: 503 })
    at.answer = async () => Promise.reject(new ProviderRefused())
    await assert.rejects(at.tokens.of(at.id, 'acme'), { code: 'provider_refused' })
    at.answer = async () => given(at.time.now, 1)
    assert.equal((await at.tokens.of(at.id, 'acme'))?.accessToken, 'access-1')
  })

  it('goes on after a process that died while it refreshed, once that has had its time', async () => {
    const at = await open(stage)
    at.time.now += hour
    const refreshing_until = at.time.now + 30_000
    await at.database.write(async (unit) => unit.updateTable('linked_accounts').set({ refreshing_until }).execute())
    const waiting = at.tokens.of(at.id, 'acme')
    await wait(120)
    assert.equal(at.asked.length, 0)
    at.time.now += 30_000
    assert.equal((await waiting)?.accessToken, 'access-1')
  })
})

describe('a refresh at GitHub', () => {
  it('tells a token that is over from what went wrong, though GitHub says both with status 200 [B-SOC-12]', async () => {
    const standIn = await startStandIn({ issuer: 'https://github.com/login/oauth' })
    let answer: unknown = {}
    standIn.intercept = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer))
      return true
    }
    const [settings] = readProviders([{ id: 'github', clientId: 'Iv1.doorward', clientSecret: 'a secret of it' }])
    assert.ok(settings !== undefined)
    const provider = createGithubProvider({ settings, fetch: ledTo(standIn, 'https://github.com'), clock: Date.now })
    answer = { access_token: 'ghu_2', token_type: 'bearer', expires_in: 28_800, refresh_token: 'ghr_2', scope: '' }
    assert.equal((await provider.refresh('ghr_1'))?.refreshToken, 'ghr_2')
    answer = { error: 'bad_refresh_token', error_description: 'The refresh token passed is incorrect or expired.' }
    assert.equal(await provider.refresh('ghr_1'), null)
    for (const wrong of [
      { error: 'incorrect_client_credentials' },
      { error: 4 },
      { error: null },
      [],
      null,
      'nonsense',
    ]) {
      answer = wrong
      await assert.rejects(provider.refresh('ghr_1'), { code: 'provider_refused' }, JSON.stringify(wrong))
    }
  })
})

describe('a refresh at a provider that speaks OpenID Connect', () => {
  it('trades the token as RFC 6749, section 6, has it; tells what is over from what went wrong [B-SOC-12]', async () => {
    const standIn = await startStandIn()
    let answer: readonly [unknown, number] = [{}, 500]
    const bodies: URLSearchParams[] = []
    standIn.intercept = async (request, response, body) => {
      if (request.url !== '/token') return false
      bodies.push(new URLSearchParams(body))
      response.writeHead(answer[1], { 'content-type': 'application/json' }).end(JSON.stringify(answer[0]))
      return true
    }
    const [settings] = readProviders([providerAt(standIn)])
    assert.ok(settings !== undefined)
    const provider = createOpenIdProvider({ settings, fetch: ledTo(standIn, standIn.origin), clock: Date.now })
    answer = [{ access_token: 'a2', token_type: 'Bearer', expires_in: 60, scope: 'mail' }, 200]
    const { expiresAt, ...rest } = (await provider.refresh('r1')) ?? first
    assert.deepEqual(rest, { accessToken: 'a2', refreshToken: null, idToken: null, scope: 'mail' })
    assert.ok(expiresAt !== null && expiresAt > Date.now())
    assert.equal(bodies[0]?.get('grant_type'), 'refresh_token')
    assert.equal(bodies[0]?.get('refresh_token'), 'r1')
    answer = [{ error: 'invalid_grant' }, 400]
    assert.equal(await provider.refresh('r1'), null)
    for (const wrong of [
      [{ error: 'invalid_client' }, 401],
      [{ token_type: 'Bearer' }, 200],
      ['nonsense', 200],
    ] as const) {
      answer = wrong
      await assert.rejects(provider.refresh('r1'), { code: 'provider_refused' })
    }
    answer = [{}, 500]
    await assert.rejects(provider.refresh('r1'), { status: 503 })
  })
})

const first: ForeignTokens = {
  accessToken: 'access-0',
  refreshToken: 'refresh-0',
  idToken: 'id-0',
  expiresAt: 0,
  scope: 'mail',
}

function given(now: number, count: number): ForeignTokens {
  return {
    accessToken: `access-${count}`,
    refreshToken: `refresh-${count}`,
    idToken: null,
    expiresAt: now + hour,
    scope: null,
  }
}

interface Opened {
  readonly database: Database
  readonly time: { now: number }
  readonly start: number
  readonly id: string
  readonly linkId: string
  readonly linked: ReturnType<typeof createLinkedAccounts>
  readonly tokens: ProviderTokens
  /** The same in another process. */
  readonly elsewhere: ProviderTokens
  /** The refresh tokens that came to the provider, and what it answers. */
  readonly asked: string[]
  answer: (refreshToken: string) => Promise<ForeignTokens | null>
}

async function open(stage: () => Promise<Stage>): Promise<Opened> {
  const { database, second, clock, time, addUser } = await stage()
  const id = formatId((await addUser()).id)
  const linked = createLinkedAccounts({ database, sealer, providers, clock })
  const tokens = { ...first, expiresAt: time.now + hour }
  const linkId = await linked.link(id, foreignIdentity({ tokens }), 'asked')
  const asked: string[] = []
  const sealed = createSealedTokens({ sealer, providers })
  const [settings] = providers
  assert.ok(settings !== undefined)
  const acme = {
    settings,
    refresh: async (token: string) => {
      asked.push(token)
      return at.answer(token)
    },
  }
  const store = (where: Database): ProviderTokens =>
    createProviderTokens({ database: where, sealed, providers: new Map([['acme', acme]]), clock })
  const at: Opened = {
    database,
    time,
    id,
    linked,
    linkId,
    asked,
    start: time.now,
    tokens: store(database),
    elsewhere: store(second),
    answer: async () => given(time.now, asked.length),
  }
  return at
}
