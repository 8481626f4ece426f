import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { visitor, whoIs } from '../social.contract.ts'
import { ask, come, openSamlSite, type SamlAsked, signedResponse } from './saml-idp.contract.ts'

describe('signing in with SAML', () => {
  it('asks by HTTP-Redirect, and signs in whoever comes back with a signed assertion by HTTP-POST [B-SOC-15]', async () => {
    const site = await openSamlSite({ emailsAreVerified: true })
    const who = visitor()
    const page = await come(site, who, (asked) => signedResponse(asked))
    assert.equal(page.url.search, '', page.text)
    const id = (await whoIs(site, who)) ?? ''
    const account = await site.instance.users.find(id)
    assert.deepEqual([account?.email, account?.emailVerified], ['ada@example.org', true])
    const [link] = await site.instance.social.linked.list(id)
    assert.deepEqual([link?.subject, link?.name], ['person-1', 'Ada Lovelace'])
    const again = visitor()
    await come(site, again, (asked) => signedResponse(asked))
    assert.equal(await whoIs(site, again), id)
  })

  it('takes a response that names thousands of groups, which is larger than other bodies may be', async () => {
    const groups = Array.from({ length: 3000 }, (_, index) => `department-${index}`)
    const rules = [{ claim: 'groups', value: 'department-2999', groups: ['Last'] }]
    const site = await openSamlSite({ rules })
    await site.instance.groups.create({ name: 'Last', permissions: [] })
    const who = visitor()
    const made = (asked: SamlAsked): string => signedResponse(asked, { attributes: { groups } })
    const page = await come(site, who, made)
    assert.equal(page.url.search, '', page.text)
    const id = (await whoIs(site, who)) ?? ''
    const own = await site.instance.groups.of(id)
    assert.deepEqual(
      own.map(({ name }) => name),
      ['Last'],
    )
  })

  it('says in its request who it is, where the answer is to come, and nothing of the person', async () => {
    const site = await openSamlSite({ nameIdFormat: 'persistent', parameters: { whr: 'acme' } })
    const { xml, url, relayState, issuer, acs, id } = await ask(site, visitor())
    assert.equal(issuer, `${site.base}/accounts/social/acme/metadata/`)
    assert.equal(acs, `${site.base}/accounts/social/acme/callback/`)
    assert.match(id, /^_[0-9A-Za-z]{43}$/)
    assert.match(xml, /ForceAuthn="true"/)
    assert.match(
      xml,
      /<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2\.0:nameid-format:persistent" AllowCreate="true"\/>/,
    )
    assert.equal(url.searchParams.get('whr'), 'acme')
    // Bindings, section 3.4.3: "RelayState data MUST NOT exceed 80 bytes in length".
    assert.ok(Buffer.byteLength(relayState) <= 80)
  })
})
