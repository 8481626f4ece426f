import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { ledTo, openSite, type Site, type Visited, type Visitor, visitor, whoIs } from './social.contract.ts'
import { type StandIn, startStandIn } from './stand-in.contract.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

async function apple(): Promise<{ site: Site; standIn: StandIn }> {
  const standIn = await startStandIn({ issuer: 'https://appleid.apple.com' })
  standIn.metadata = { authorization_response_iss_parameter_supported: false }
  standIn.person = {
    sub: '001.abc',
    email: 'x@privaterelay.appleid.com',
    email_verified: 'true',
    is_private_email: 'true',
  }
  const provider = { id: 'apple', clientId: 'doorward', teamId: 'TEAM123456', keyId: 'KEY1234567', privateKey: pem }
  const site = await openSite({
    settings: { signInProviders: [{ ...provider, createAccounts: true }] },
    providerFetch: ledTo(standIn, 'https://appleid.apple.com'),
  })
  standIn.clock = () => site.time.now
  return { site, standIn }
}

/** Sends what Apple's page would: a form from another site, which carries no cookie of ours. */
async function comeBack(
  site: Site,
  standIn: StandIn,
  who: Visitor,
  more: Record<string, string> = {},
): Promise<Visited> {
  who.stopAt = 'https://appleid.apple.com/'
  const { url } = await who.continueWith(site, 'apple', '?fresh=1')
  who.stopAt = standIn.origin
  assert.equal(url.searchParams.get('response_mode'), 'form_post')
  const asked = new URL(standIn.origin + url.pathname + url.search)
  const answered = await fetch(asked, { redirect: 'manual' })
  who.stopAt = null
  const back = new URL(answered.headers.get('location') ?? '')
  const fields = { ...Object.fromEntries(back.searchParams), ...more }
  delete (fields as Record<string, string>)['iss']
  const { origin, pathname } = back
  const foreign = visitor()
  const between = await foreign.post(origin + pathname, fields, { origin: 'https://appleid.apple.com' })
  assert.equal(between.status, 200)
  assert.match(between.text, /data-submits/)
  return who.submit({ ...between, url: back }, 'form-post')
}

describe('signing in with Apple', () => {
  it('comes back as a form, which a page of ours sends once more, so that the browser is known', async () => {
    const { site, standIn } = await apple()
    const who = visitor()
    const user = JSON.stringify({ name: { firstName: 'Ada', lastName: 'Lovelace' }, email: 'forged@example.org' })
    const page = await comeBack(site, standIn, who, { user })
    assert.equal(page.url.search, '', 'the code and the name stand in no address')
    const id = (await whoIs(site, who)) ?? ''
    const account = await site.instance.users.find(id)
    assert.deepEqual([account?.email, account?.emailVerified], ['x@privaterelay.appleid.com', true])
    const [link] = await site.instance.social.linked.list(id)
    assert.equal(link?.name, 'Ada Lovelace')
  })

  it('tells the name the first time only, and it is kept', async () => {
    const { site, standIn } = await apple()
    const who = visitor()
    await comeBack(site, standIn, who, { user: JSON.stringify({ name: { firstName: 'Ada', lastName: 'Lovelace' } }) })
    const id = (await whoIs(site, who)) ?? ''
    await comeBack(site, standIn, who)
    assert.equal((await site.instance.social.linked.list(id))[0]?.name, 'Ada Lovelace')
    for (const user of ['no JSON', '[]', '{"name":7}', '{"name":{"firstName":{}}}', 'null']) {
      await comeBack(site, standIn, who, { user })
      assert.equal(await whoIs(site, who), id, user)
    }
  })

  it('proves who asks by a JWT of the team, signed for five minutes with its key', async () => {
    const { site, standIn } = await apple()
    await comeBack(site, standIn, visitor())
    const secret = standIn.traded[0]?.body.get('client_secret') ?? ''
    assert.deepEqual(decodeProtectedHeader(secret), { alg: 'ES256', kid: 'KEY1234567' })
    const { payload } = await jwtVerify(secret, publicKey, {
      issuer: 'TEAM123456',
      subject: 'doorward',
      audience: 'https://appleid.apple.com',
      currentDate: new Date(site.time.now),
    })
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 300)
  })

  it('makes no session of a form that another browser sends, or that comes twice [RP01]', async () => {
    const { site, standIn } = await apple()
    const who = visitor()
    who.stopAt = 'https://appleid.apple.com/'
    const { url } = await who.continueWith(site, 'apple')
    who.stopAt = null
    const state = url.searchParams.get('state') ?? ''
    const callback = `${site.base}/accounts/social/apple/callback/`
    const stranger = visitor()
    const between = await stranger.post(callback, { code: 'x', state })
    const page = await stranger.submit(between, 'form-post')
    assert.equal(page.status, 400)
    assert.equal(await whoIs(site, stranger), null)
    assert.equal(standIn.traded.length, 0)
    const twice = await who.post(callback, { state, doorward_resent: '1', code: 'x' })
    assert.equal(twice.status, 400)
    assert.equal((await who.get(`${callback}?code=x&state=${state}`)).status, 400)
  })

  it('writes what it is sent as text, and no more of it than a form may have', async () => {
    const { site } = await apple()
    const callback = `${site.base}/accounts/social/apple/callback/`
    const page = await visitor().post(callback, { state: '"><script>alert(1)</script>', code: 'x' })
    assert.doesNotMatch(page.text, /<script>alert/)
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`f${index}`, '']))
    assert.equal((await visitor().post(callback, many)).status, 400)
  })
})

describe('a provider that answers by addresses', () => {
  it('has no form to come back by', async () => {
    const standIn = await startStandIn()
    const provider = { id: 'acme', issuer: standIn.issuer, clientId: 'x' }
    const site = await openSite({ settings: { signInProviders: [provider] } })
    assert.equal((await visitor().post(`${site.base}/accounts/social/acme/callback/`, { state: 'x' })).status, 405)
  })
})
