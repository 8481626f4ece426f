import assert from 'node:assert/strict'
import { createVerify, X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { randomBase62 } from '../../crypto/random.ts'
import { challengeOf } from '../code-challenge.ts'
import { type Site, type Visited, type Visitor, visitor, whoIs } from '../social.contract.ts'
import { parseXml } from './parse-xml.ts'
import { samlNames } from './saml-names.ts'
import {
  ask,
  deliver,
  formOf,
  key,
  openSamlSite,
  readRequest,
  type SamlSaid,
  signedResponse,
  strangeKey,
} from './saml-idp.contract.ts'

const place = '/admin/sign-in-providers/acme/'
const idp = 'https://idp.acme.example/sso'

/** Somebody of staff tries the provider out, which says this. */
async function tried(site: Site, staff: Visitor, more: Partial<SamlSaid> = {}): Promise<Visited> {
  const page = await staff.get(site.base + place)
  staff.stopAt = idp
  const { url } = await staff.submit(page, 'test-test-form')
  staff.stopAt = null
  const asked = readRequest(url)
  return deliver(site, staff, formOf(asked, signedResponse(asked, more)))
}

async function open(more: Readonly<Record<string, unknown>> = {}): Promise<{ site: Site; staff: Visitor }> {
  const site = await openSamlSite(more)
  await site.addUser({ username: 'grace', isStaff: true })
  const staff = visitor()
  await staff.signIn(site, 'grace')
  return { site, staff }
}

describe('a SAML provider, tried out by staff', () => {
  it('shows what it said, by which attributes it was understood, and what would come of it', async () => {
    const rules = [{ claim: 'groups', value: 'eng', groups: ['Engineers'] }]
    const { site, staff } = await open({ rules })
    const page = await tried(site, staff)
    assert.equal(page.status, 200, page.text)
    for (const shown of [
      'person-1',
      'ada@example.org, not verified',
      'Ada Lovelace',
      '<dt>displayName</dt>',
      samlNames.persistent,
    ]) {
      assert.ok(page.text.includes(shown), shown)
    }
    assert.match(page.text, /<dd>Engineers<\/dd>/)
    assert.equal(await site.count('users'), 1)
  })

  it('shows which check failed, and what to do about it, which nobody else is told', async () => {
    const { site, staff } = await open()
    const page = await tried(site, staff, { nameIdFormat: samlNames.transient })
    assert.equal(page.status, 400)
    assert.match(page.text, /The NameID is transient, so people would be somebody else at each sign-in/)
    const other = await tried(site, staff, { destination: 'https://old.example/acs' })
    assert.match(other.text, /The Destination is https:\/\/old\.example\/acs, and not http/)
    const who = visitor()
    const asked = await ask(site, who)
    const refused = await deliver(
      site,
      who,
      formOf(asked, signedResponse(asked, { destination: 'https://old.example/acs' })),
    )
    assert.doesNotMatch(refused.text, /Destination|old\.example/)
  })

  it('is shown with what has to be registered there, until when its certificates are good, and no key', async () => {
    const { site, staff } = await open({ privateKey: strangeKey.privateKey, certificate: strangeKey.certificate })
    const { text } = await staff.get(site.base + place)
    assert.match(text, /\/accounts\/social\/acme\/metadata\//)
    assert.match(text, /\/accounts\/social\/acme\/callback\//)
    assert.ok(text.includes(new X509Certificate(key.certificate).fingerprint256))
    assert.doesNotMatch(text, /BEGIN|Client id/)
  })
})

describe('the metadata for a SAML provider', () => {
  // SAML Metadata, section 2.4.4: SPSSODescriptor, with AuthnRequestsSigned, WantAssertionsSigned and AssertionConsumerService.
  it('says who this site is, where responses come to, and by what requests are signed', async () => {
    const own = { privateKey: strangeKey.privateKey, certificate: strangeKey.certificate }
    for (const more of [{}, own]) {
      const site = await openSamlSite(more)
      const address = `${site.base}/accounts/social/acme/metadata/`
      const answer = await fetch(address)
      assert.equal(answer.headers.get('content-type'), 'application/samlmetadata+xml; charset=utf-8')
      const root = parseXml(await answer.text()).documentElement
      assert.equal(root.getAttribute('entityID'), address)
      const [sp] = Array.from(root.getElementsByTagNameNS(samlNames.metadata, 'SPSSODescriptor'))
      assert.equal(sp?.getAttribute('WantAssertionsSigned'), 'true')
      assert.equal(sp?.getAttribute('AuthnRequestsSigned'), String(more === own))
      const [acs] = Array.from(root.getElementsByTagNameNS(samlNames.metadata, 'AssertionConsumerService'))
      assert.deepEqual(
        [acs?.getAttribute('Location'), acs?.getAttribute('Binding')],
        [`${site.base}/accounts/social/acme/callback/`, samlNames.post],
      )
      const [certificate] = Array.from(root.getElementsByTagNameNS(samlNames.signature, 'X509Certificate'))
      const expected = more === own ? new X509Certificate(strangeKey.certificate).raw.toString('base64') : undefined
      assert.equal(certificate?.textContent, expected)
    }
  })

  it('is there for SAML providers alone', async () => {
    const site = await openSamlSite()
    assert.equal((await fetch(`${site.base}/accounts/social/other/metadata/`)).status, 404)
  })
})

describe('a SAML request', () => {
  // SAML Bindings, section 3.4.4.1: the signature is over SAMLRequest, RelayState and SigAlg in this order, as they are encoded.
  it('is signed in its address, where there is a key', async () => {
    const site = await openSamlSite({ privateKey: strangeKey.privateKey, certificate: strangeKey.certificate })
    const { url } = await ask(site, visitor())
    const [, signed = '', signature = ''] =
      /[?&](SAMLRequest=.*&RelayState=.*&SigAlg=.*)&Signature=(.*)$/.exec(url.search) ?? []
    assert.equal(url.searchParams.get('SigAlg'), samlNames.rsaSha256)
    const verify = createVerify('sha256').update(signed)
    assert.ok(verify.verify(strangeKey.certificate, decodeURIComponent(signature), 'base64'))
  })
})

describe('an application that signs people in with SAML', () => {
  it('is told by a code, with PKCE, as with any provider', async () => {
    const redirectUri = 'https://app.example/in'
    const site = await openSamlSite({}, { settings: { signInRedirectUris: [redirectUri] } })
    const verifier = randomBase62(64)
    const query = new URLSearchParams({
      redirect_uri: redirectUri,
      code_challenge: challengeOf(verifier),
      state: 'its own',
    })
    const who = visitor()
    const start = await who.get(`${site.base}/accounts/social/acme/?${query}`)
    who.stopAt = idp
    const { url } = await who.submit(start, 'provider-acme')
    const asked = readRequest(url)
    who.stopAt = redirectUri
    const back = await deliver(site, who, formOf(asked, signedResponse(asked)))
    assert.equal(back.url.searchParams.get('state'), 'its own', back.text)
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
    assert.ok(((await answer.json()) as { access?: string }).access)
  })

  it('puts people into the groups of the rules, and lets in whom the conditions let in', async () => {
    const rules = [{ claim: 'groups', value: 'eng', groups: ['Engineers'] }]
    const site = await openSamlSite({ rules, allow: [{ claim: 'groups', value: 'all' }] })
    const { groups } = site.instance
    const engineers = await groups.create({ name: 'Engineers' })
    const who = visitor()
    const asked = await ask(site, who)
    await deliver(site, who, formOf(asked, signedResponse(asked)))
    const id = (await whoIs(site, who)) ?? ''
    assert.deepEqual(
      (await groups.of(id)).map(({ name }) => name),
      ['Engineers'],
    )
    assert.ok(engineers.id)
    const stranger = visitor()
    const theirs = await ask(site, stranger)
    const saying = { nameId: 'stranger', attributes: { groups: ['eng'] } }
    const page = await deliver(site, stranger, formOf(theirs, signedResponse(theirs, saying)))
    assert.match(page.text, /may not sign in here/)
    assert.equal(await whoIs(site, stranger), null)
  })
})
