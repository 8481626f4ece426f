import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { openSite, providerAt, type Site, type Visited, type Visitor, visitor, whoIs } from './social.contract.ts'
import { type StandIn, startStandIn } from './stand-in.contract.ts'

async function open(signOut: boolean): Promise<{ site: Site; acme: StandIn }> {
  const acme = await startStandIn()
  acme.metadata = { end_session_endpoint: `${acme.issuer}/end` }
  const site = await openSite({ settings: { signInProviders: [providerAt(acme, { signOut })] } })
  acme.clock = () => site.time.now
  return { site, acme }
}

async function signOut(site: Site, who: Visitor): Promise<Visited> {
  return who.submit(await who.get(`${site.base}/accounts/logout/`), 'sign-out')
}

function wayOn({ text }: Visited): URL | null {
  const href = /href="([^"]*)" id="go-on"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
  return href === undefined ? null : new URL(href)
}

describe('signing out', () => {
  it('leads on to the provider where the settings say so, with the ID token of the sign-in (OpenID Connect RP-Initiated Logout 1.0, section 2)', async () => {
    const { site, acme } = await open(true)
    const who = visitor()
    await who.continueWith(site, 'acme')
    const page = await signOut(site, who)
    assert.equal(await whoIs(site, who), null)
    assert.match(page.text, /Sign out at Acme too/)
    const url = wayOn(page)
    assert.equal(`${url?.origin}${url?.pathname}`, `${acme.issuer}/end`)
    assert.equal(url?.searchParams.get('post_logout_redirect_uri'), `${site.base}/accounts/logout/`)
    assert.equal(url.searchParams.get('client_id'), 'doorward')
    assert.equal(decodeJwt(url.searchParams.get('id_token_hint') ?? '').sub, acme.person['sub'])
  })

  it('stays here by itself, and keeps no ID token for it', async () => {
    const { site } = await open(false)
    const who = visitor()
    await who.continueWith(site, 'acme')
    assert.equal(wayOn(await signOut(site, who)), null)
  })

  it('stays here for whoever came by password, and where the provider has no place for it', async () => {
    const { site, acme } = await open(true)
    await site.addUser({ username: 'grace' })
    const grace = visitor()
    await grace.signIn(site, 'grace')
    assert.equal(wayOn(await signOut(site, grace)), null)
    acme.metadata = {}
    const other = await openSite({ settings: { signInProviders: [providerAt(acme, { signOut: true })] } })
    acme.clock = () => other.time.now
    const who = visitor()
    await who.continueWith(other, 'acme')
    const page = await signOut(other, who)
    assert.equal(wayOn(page), null)
    assert.equal(await whoIs(other, who), null)
  })

  it('tells a script where it goes on', async () => {
    const { site, acme } = await open(true)
    const who = visitor()
    await who.continueWith(site, 'acme')
    const cookies = [...who.cookies(site.base)].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(`${site.base}/accounts/logout/`, {
      method: 'POST',
      headers: {
        cookie: cookies,
        origin: site.base,
        'content-type': 'application/json',
        'x-csrftoken': who.cookies(site.base).get('csrftoken') ?? '',
      },
      body: '{}',
    })
    assert.equal(answer.status, 200)
    const { signOutUrl } = (await answer.json()) as { signOutUrl: string }
    assert.ok(signOutUrl.startsWith(`${acme.issuer}/end?`))
  })
})
