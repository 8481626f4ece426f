import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { randomBase62 } from '../crypto/random.ts'
import { openSite, providerAt, type Site, type Visited, type Visitor, visitor, whoIs } from './social.contract.ts'
import { challengeOf } from './code-challenge.ts'
import { startStandIn } from './stand-in.contract.ts'

const redirectUri = 'https://app.example/signed-in'
const verifier = randomBase62(64)

async function open(more: Readonly<Record<string, unknown>> = {}): Promise<Site> {
  const acme = await startStandIn()
  const signInRedirectUris = [redirectUri, 'http://127.0.0.1/cb', 'com.example.app:/cb']
  const site = await openSite({ settings: { signInProviders: [providerAt(acme)], signInRedirectUris, ...more } })
  acme.clock = () => site.time.now
  return site
}

function startOf({ base }: Site, change: Readonly<Record<string, string | null>> = {}): string {
  const sent = {
    redirect_uri: redirectUri,
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    state: 'of the app',
    ...change,
  }
  const kept = Object.entries(sent).filter((one): one is [string, string] => one[1] !== null)
  return `${base}/accounts/social/acme/?${new URLSearchParams(kept)}`
}

/** Follows the link of an application to its end: where the browser is sent back to. */
async function signInFor(
  site: Site,
  who: Visitor,
  change: Readonly<Record<string, string | null>> = {},
): Promise<Visited> {
  const page = await who.get(startOf(site, change))
  who.stopAt = (change['redirect_uri'] ?? redirectUri).split('?')[0] ?? ''
  const back = await who.submit(page, 'provider-acme')
  who.stopAt = null
  return back
}

async function trade(
  { base }: Site,
  body: Readonly<Record<string, unknown>>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${base}/api/token/social/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

describe('an application that wants tokens', () => {
  it('is told by a code, and trades it for the pair of /api/token/ [B-SOC-10]', async () => {
    const site = await open()
    const who = visitor()
    const { url } = await signInFor(site, who)
    assert.equal(url.origin + url.pathname, redirectUri)
    assert.equal(url.searchParams.get('state'), 'of the app')
    const code = url.searchParams.get('code') ?? ''
    const { status, body } = await trade(site, { code, code_verifier: verifier, redirect_uri: redirectUri })
    assert.equal(status, 200)
    const access = String(body['access'])
    assert.equal(decodeJwt(access).sub, await whoIs(site, who))
    const checked = await fetch(`${site.base}/api/token/verify/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: access }),
    })
    assert.equal(checked.status, 200)
    const refreshed = await fetch(`${site.base}/api/token/refresh/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh: body['refresh'] }),
    })
    assert.equal(refreshed.status, 200)
    assert.equal((await trade(site, { code, code_verifier: verifier, redirect_uri: redirectUri })).status, 401)
  })

  it('gets nothing for a code without its verifier, of another address, after a minute, or by a user who is disabled [B-SOC-13]', async () => {
    const site = await open()
    const who = visitor()
    const fresh = async (): Promise<string> => (await signInFor(site, who)).url.searchParams.get('code') ?? ''
    const good = { code_verifier: verifier, redirect_uri: redirectUri }
    for (const wrong of [
      { code_verifier: randomBase62(64) },
      { code_verifier: challengeOf(verifier) },
      { redirect_uri: 'https://evil.example/' },
      { code: `${'0'.repeat(11)}${randomBase62(43)}` },
      { code: 'x' },
    ]) {
      const { status, body } = await trade(site, { code: await fresh(), ...good, ...wrong })
      assert.deepEqual([status, body['code']], [401, 'authentication_failed'])
    }
    const late = await fresh()
    site.time.now += 60_000
    assert.equal((await trade(site, { code: late, ...good })).status, 401)
    const code = await fresh()
    await site.instance.users.disable((await whoIs(site, who)) ?? '')
    assert.equal((await trade(site, { code, ...good })).status, 401)
  })

  it('that sends half of it, or other types, is told what is missing [B-SOC-13]', async () => {
    const site = await open()
    const { status, body } = await trade(site, { code: 17, redirect_uri: '' })
    assert.deepEqual([status, body['code']], [400, 'invalid_request'])
    assert.match(String(body['detail']), /code, code_verifier, redirect_uri/)
    assert.equal((await fetch(`${site.base}/api/token/social/`)).status, 405)
  })

  it('has to be listed: no other address is ever led to [B-SOC-10 B-SOC-13]', async () => {
    const site = await open()
    for (const uri of [
      'https://evil.example/',
      `${redirectUri}/`,
      `${redirectUri}?x=1`,
      'https://app.example:8443/signed-in',
      'https://app.example/signed-in/../x',
      'https://APP.example/signed-in',
      'http://app.example/signed-in',
      'http://127.0.0.1:80@evil.example/cb',
      'http://127.0.0.1:8000/cb/',
      'http://localhost/cb',
      'com.example.app:/cb2',
      'javascript:alert(1)',
    ]) {
      const page = await visitor().get(startOf(site, { redirect_uri: uri }))
      assert.equal(page.status, 400, uri)
      assert.match(page.text, /invalid_request/)
    }
    for (const uri of ['http://127.0.0.1/cb', 'http://127.0.0.1:53123/cb', 'com.example.app:/cb']) {
      const { url } = await signInFor(site, visitor(), { redirect_uri: uri })
      assert.equal(url.href.split('?')[0], uri)
      assert.notEqual(url.searchParams.get('code'), null)
    }
  })

  it('has to ask with PKCE (S256) and a state that fits', async () => {
    const site = await open()
    for (const change of [
      { code_challenge: null },
      { code_challenge: verifier },
      { code_challenge_method: 'plain' },
      { redirect_uri: null },
      { state: 's'.repeat(513) },
      { state: 'a\nb' },
    ] as const) {
      assert.equal((await visitor().get(startOf(site, change))).status, 400, JSON.stringify(change))
    }
    const { url } = await signInFor(site, visitor(), { state: null })
    assert.equal(url.searchParams.get('state'), null)
  })

  it('hears of nobody in a browser that did not begin it, or where nobody has signed in since', async () => {
    const site = await open()
    const { id } = await site.addUser({ username: 'ada' })
    const who = visitor()
    const page = await who.get(startOf(site))
    who.stopAt = `${site.base}/accounts/social/app/`
    const { url } = await who.submit(page, 'provider-acme')
    const stranger = visitor()
    await stranger.signIn(site, 'ada')
    assert.equal(await whoIs(site, stranger), id)
    assert.equal((await stranger.get(url.href)).status, 400)
    assert.equal((await visitor().get(url.href)).status, 400)
    who.stopAt = redirectUri
    const back = await who.get(url.href)
    assert.notEqual(back.url.searchParams.get('code'), null)
    who.stopAt = null
    assert.equal((await who.get(url.href)).status, 400, 'once')
  })

  it('finds out which providers there are, and begins with JSON', async () => {
    const site = await open()
    const listed = await fetch(`${site.base}/api/sign-in-providers/`)
    assert.deepEqual(await listed.json(), [{ id: 'acme', name: 'Acme', start: '/accounts/social/acme/' }])
    const begun = await fetch(`${site.base}/accounts/social/acme/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uri: 'https://evil.example/', code_challenge: challengeOf(verifier) }),
    })
    assert.equal(begun.status, 400)
    assert.equal(((await begun.json()) as { code: string }).code, 'invalid_request')
  })

  it('gets the pair in cookies where pairs are handed out so', async () => {
    const site = await open({ jwtCookies: true })
    const { url } = await signInFor(site, visitor())
    const answer = await fetch(`${site.base}/api/token/social/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: site.base, 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ code: url.searchParams.get('code'), code_verifier: verifier, redirect_uri: redirectUri }),
    })
    assert.equal(answer.status, 200)
    assert.match(answer.headers.getSetCookie().join('\n'), /access_token=/)
  })
})
