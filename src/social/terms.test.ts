import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { randomBase62 } from '../crypto/random.ts'
import { challengeOf } from './code-challenge.ts'
import { openSite, providerAt, type Site, visitor, whoIs } from './social.contract.ts'
import { type StandIn, startStandIn } from './stand-in.contract.ts'

const redirectUri = 'https://app.example/in'

async function open(): Promise<{ site: Site; acme: StandIn }> {
  const acme = await startStandIn()
  const signUpTerms = 'Be kind.\n\nNo <b>bots</b>.'
  const settings = { signInProviders: [providerAt(acme)], signUpTerms, signInRedirectUris: [redirectUri] }
  const site = await openSite({ settings })
  acme.clock = () => site.time.now
  return { site, acme }
}

describe('the terms, for whoever comes from a provider', () => {
  it('are accepted before there is an account, once', async () => {
    const { site } = await open()
    const who = visitor()
    const page = await who.continueWith(site, 'acme', '?next=/api/sign-in-providers/')
    assert.equal(page.url.pathname, '/accounts/social/join/')
    assert.match(page.text, /<p>Be kind\.<\/p>/)
    assert.doesNotMatch(page.text, /<b>bots/)
    assert.equal(await site.count('users'), 0)
    const again = await who.submit(page, 'join')
    assert.equal(again.status, 400)
    assert.match(again.text, /Accept the terms to go on/)
    assert.equal(await site.count('users'), 0)
    const done = await who.submit(page, 'join', { terms: 'on' })
    assert.equal(done.url.pathname, '/api/sign-in-providers/')
    assert.notEqual(await whoIs(site, who), null)
    const [event] = await site.events('user.created')
    assert.match(event?.detail ?? '', /"terms":"[0-9a-f]{16}"/)
    assert.equal((await who.get(`${site.base}/accounts/social/join/`)).status, 400)

    const known = visitor()
    await known.continueWith(site, 'acme')
    assert.equal(await whoIs(site, known), await whoIs(site, who), 'nobody is asked twice')
  })

  it('are accepted in the browser that came back, within fifteen minutes, by a form of ours', async () => {
    const { site } = await open()
    const join = `${site.base}/accounts/social/join/`
    const stranger = visitor()
    assert.equal((await stranger.get(join)).status, 400)
    const who = visitor()
    const page = await who.continueWith(site, 'acme')
    assert.equal((await who.post(join, { terms: 'on' })).status, 403)
    assert.equal((await who.post(join, { terms: 'on' }, { origin: 'https://evil.example' })).status, 403)
    const link = await who.get(`${site.base}/accounts/social/link/`)
    assert.equal(link.status, 400, 'it is no account to link')
    site.time.now += 900_000
    assert.equal((await who.submit(page, 'join', { terms: 'on' })).status, 400)
    assert.equal(await site.count('users'), 0)
  })

  it('fifty times at once make one account', async () => {
    const { site } = await open()
    const who = visitor()
    const page = await who.continueWith(site, 'acme')
    const [, csrfmiddlewaretoken = ''] = /name="csrfmiddlewaretoken"\s+value="([^"]*)"/.exec(page.text) ?? []
    const cookie = [...who.cookies(site.base)].map(([name, value]) => `${name}=${value}`).join('; ')
    const body = new URLSearchParams({ csrfmiddlewaretoken, terms: 'on' }).toString()
    const headers = { cookie, origin: site.base, 'content-type': 'application/x-www-form-urlencoded' }
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => fetch(page.url, { method: 'POST', redirect: 'manual', headers, body })),
    )
    assert.equal(answers.filter(({ status }) => status === 303).length, 1)
    assert.deepEqual([await site.count('users'), await site.count('sessions')], [1, 1])
  })

  it('lead back to the application that asked', async () => {
    const { site } = await open()
    const who = visitor()
    const query = { redirect_uri: redirectUri, code_challenge: challengeOf(randomBase62(64)), state: 's' }
    const start = await who.get(`${site.base}/accounts/social/acme/?${new URLSearchParams(query)}`)
    const page = await who.submit(start, 'provider-acme')
    who.stopAt = redirectUri
    const back = await who.submit(page, 'join', { terms: 'on' })
    assert.equal(back.url.searchParams.get('state'), 's')
    assert.notEqual(back.url.searchParams.get('code'), null)
  })
})

describe('linking an account with the same address', () => {
  it('leads back to the application that asked', async () => {
    const { site } = await open()
    await site.addUser({ username: 'ada', email: 'ada@example.org', emailVerified: true })
    const who = visitor()
    const query = { redirect_uri: redirectUri, code_challenge: challengeOf(randomBase62(64)), state: 's' }
    const start = await who.get(`${site.base}/accounts/social/acme/?${new URLSearchParams(query)}`)
    const clash = await who.submit(start, 'provider-acme')
    assert.match(clash.text, /You have an account already/)
    await who.signIn(site, 'ada')
    who.stopAt = redirectUri
    const back = await who.submit(await who.get(`${site.base}/accounts/social/link/`), 'link', { decision: 'yes' })
    assert.notEqual(back.url.searchParams.get('code'), null)
  })
})
