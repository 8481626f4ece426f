import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { User } from '../core/identity.ts'
import { randomBase62 } from '../crypto/random.ts'
import { secretIn } from '../factors/secret-in.contract.ts'
import { totpCode } from '../factors/totp.ts'
import { challengeOf } from './code-challenge.ts'
import { openSite, providerAt, type Site, type Visited, type Visitor, visitor, whoIs } from './social.contract.ts'
import { type StandIn, startStandIn } from './stand-in.contract.ts'

const redirectUri = 'https://app.example/in'

/** A site with somebody who comes from Acme and has an authenticator app here. */
async function open(more: Readonly<Record<string, unknown>> = {}) {
  const acme: StandIn = await startStandIn()
  const settings = { signInProviders: [providerAt(acme, more)], signInRedirectUris: [redirectUri] }
  const site: Site = await openSite({ settings })
  acme.clock = () => site.time.now
  const first = visitor()
  await first.continueWith(site, 'acme')
  const id = (await whoIs(site, first)) ?? ''
  const user: User = { kind: 'user', id, name: 'ada', permissions: new Set() }
  const { apps, changes } = site.instance.factors
  const secret = secretIn((await apps.begin(user)).uri)
  await changes.addApp(user, totpCode(secret, site.time.now), { actor: `user:${id}` })
  site.time.now += 30_000
  const enter = async (who: Visitor, page: Visited): Promise<Visited> => {
    site.time.now += 30_000
    return who.submit(page, 'factor', { code: totpCode(secret, site.time.now) })
  }
  return { site, acme, id, enter }
}

describe('a second factor, for whoever comes from a provider', () => {
  it('is asked for as with a password, and there is no session before it', async () => {
    const { site, id, enter } = await open()
    const who = visitor()
    const page = await who.continueWith(site, 'acme', '?next=/api/sign-in-providers/')
    assert.equal(page.url.pathname, '/accounts/second-factor/totp/')
    assert.equal(await whoIs(site, who), null)
    assert.equal((await who.get(`${site.base}/account/`)).url.pathname, '/accounts/login/')
    const done = await enter(who, page)
    assert.equal(done.url.pathname, '/api/sign-in-providers/')
    assert.equal(await whoIs(site, who), id)
    const session = await site.instance.sessions.find(who.cookies(site.base).get('sessionid') ?? '')
    assert.deepEqual(session?.auth.amr, ['fed', 'otp', 'mfa'])
  })

  it('is not asked for where the provider is trusted for it and says that there were several', async () => {
    const { site, acme, id } = await open({ trustSecondFactor: true })
    const once = visitor()
    assert.equal((await once.continueWith(site, 'acme')).url.pathname, '/accounts/second-factor/totp/')
    acme.person = { ...acme.person, amr: ['pwd', 'otp', 'mfa'] }
    const who = visitor()
    await who.continueWith(site, 'acme')
    assert.equal(await whoIs(site, who), id)
  })

  it('counts for nothing where the provider only claims it', async () => {
    const { site, acme } = await open()
    acme.person = { ...acme.person, amr: ['mfa'] }
    const who = visitor()
    assert.equal((await who.continueWith(site, 'acme')).url.pathname, '/accounts/second-factor/totp/')
    assert.equal(await whoIs(site, who), null)
  })

  it('comes before the code for an application too', async () => {
    const { site, enter } = await open()
    const verifier = randomBase62(64)
    const query = new URLSearchParams({ redirect_uri: redirectUri, code_challenge: challengeOf(verifier), state: 's' })
    const who = visitor()
    const start = await who.get(`${site.base}/accounts/social/acme/?${query}`)
    const page = await who.submit(start, 'provider-acme')
    assert.equal(page.url.pathname, '/accounts/second-factor/totp/')
    const row = await site.instance.database.read.selectFrom('app_sign_ins').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.code_digest, null)
    who.stopAt = redirectUri
    const back = await enter(who, page)
    assert.equal(back.url.searchParams.get('state'), 's')
    const answer = await fetch(`${site.base}/api/token/social/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        code: back.url.searchParams.get('code'),
        code_verifier: verifier,
        redirect_uri: redirectUri,
      }),
    })
    assert.equal(answer.status, 200)
  })
})
