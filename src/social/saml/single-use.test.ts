import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { randomBase62 } from '../../crypto/random.ts'
import { createConsumed } from '../../storage/consumed.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { readProviders } from '../provider-settings.ts'
import { visitor, whoIs } from '../social.contract.ts'
import {
  ask,
  deliver,
  formOf,
  openSamlSite,
  readRequest,
  type SamlSaid,
  samlProvider,
  signedResponse,
  type Signing,
  strangeKey,
} from './saml-idp.contract.ts'
import { samlNames } from './saml-names.ts'
import { createSamlProvider } from './saml-provider.ts'

onEachDatabase('a SAML assertion', (stage) => {
  // SAML Profiles, section 4.1.4.5: "The service provider MUST ensure that bearer assertions are not replayed, by maintaining the
  // set of used <ID> values for the length of time for which the assertion would be considered valid".
  it('is taken once, of twenty at once, on two nodes [B-SOC-15]', async () => {
    const { database, second, clock } = await stage()
    const [settings] = readProviders([samlProvider()])
    assert.ok(settings?.saml)
    const { saml } = settings
    const nodes = [database, second].map((one) =>
      createSamlProvider({ settings, saml, consumed: createConsumed({ database: one, clock }), clock }),
    )
    const secrets = { state: randomBase62(54), nonce: randomBase62(43), verifier: randomBase62(64) }
    const redirectUri = 'https://id.example/accounts/social/acme/callback/'
    const asked = readRequest((await nodes[0]?.authorizationUrl({ ...secrets, redirectUri })) ?? new URL('x:'))
    const parameters = new URLSearchParams(formOf(asked, signedResponse(asked)))
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, index) =>
        nodes[index % 2]?.identify({ ...secrets, redirectUri, parameters }),
      ),
    )
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of all) {
      if (one.status === 'rejected') assert.match(String((one.reason as Error).cause), /was used before/)
    }
  })
})

describe('a SAML response', () => {
  it('that is posted twenty times at once signs in once [B-SOC-15]', async () => {
    const site = await openSamlSite()
    const who = visitor()
    const asked = await ask(site, who)
    const fields = { ...formOf(asked, signedResponse(asked)), doorward_resent: '1' }
    const headers = {
      origin: site.base,
      'content-type': 'application/x-www-form-urlencoded',
      cookie: [...who.cookies(site.base)].map(([name, value]) => `${name}=${value}`).join('; '),
    }
    const sent = { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) } as const
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => fetch(`${site.base}/accounts/social/acme/callback/`, sent)),
    )
    assert.deepEqual(
      all.map(({ status }) => status).toSorted((one, other) => one - other),
      [303, ...Array.from({ length: 19 }, () => 400)],
    )
    assert.deepEqual([await site.count('users'), await site.count('sessions')], [1, 1])
  })

  it('is of the browser that began, and of no other one, nor of another sign-in of the same browser', async () => {
    const site = await openSamlSite()
    const [who, thief] = [visitor(), visitor()]
    const asked = await ask(site, who)
    await ask(site, thief)
    const form = formOf(asked, signedResponse(asked))
    assert.equal((await deliver(site, thief, form)).status, 400)
    assert.equal(await whoIs(site, thief), null)
    const second = await ask(site, who)
    const mixed = { ...form, RelayState: second.relayState }
    assert.equal((await deliver(site, who, mixed)).status, 400)
    assert.equal(await whoIs(site, who), null)
    await deliver(site, who, form)
    assert.notEqual(await whoIs(site, who), null, 'it was not used up by them')
  })

  it('that nobody asked for is not looked at, and a page says where to begin [B-SOC-15]', async () => {
    const lines: string[] = []
    const site = await openSamlSite({}, { lines })
    const who = visitor()
    const asked = await ask(site, who)
    const xml = signedResponse(asked, { inResponseTo: null })
    for (const relayState of [undefined, '', 'https://evil.example/', '/account/', `${asked.relayState}x`]) {
      const form = {
        SAMLResponse: Buffer.from(xml).toString('base64'),
        ...(relayState !== undefined && { RelayState: relayState }),
      }
      for (const more of [{}, { doorward_resent: '1' }]) {
        const page = await who.post(`${site.base}/accounts/social/acme/callback/`, { ...form, ...more })
        assert.equal(page.status, 400)
        assert.match(page.text, /Acme sent you here unasked\. Sign-ins begin on this site/)
        assert.doesNotMatch(page.text, /Go back and try again/)
        assert.match(page.text, /href="\/accounts\/social\/acme\/"[^>]*>\s*Sign in with Acme/)
        assert.doesNotMatch(page.text, /evil\.example/)
      }
    }
    assert.equal(await whoIs(site, who), null)
    assert.match(lines.join('\n'), /answers no request of this site/)
  })

  it('leads where the sign-in was to lead, whatever stands in RelayState or Destination [B-SOC-15]', async () => {
    const site = await openSamlSite()
    const who = visitor()
    const asked = await ask(site, who, '?fresh=1&next=/api/sign-in-providers/')
    const page = await deliver(site, who, { ...formOf(asked, signedResponse(asked)), next: 'https://evil.example/' })
    assert.equal(page.url.href, `${site.base}/api/sign-in-providers/`)
    const evil = visitor()
    const other = await ask(site, evil, `?fresh=1&next=${encodeURIComponent('https://evil.example/')}`)
    assert.equal((await deliver(site, evil, formOf(other, signedResponse(other)))).url.origin, site.base)
  })

  it('and what it says stand in no log line and on no page, whatever is wrong with it', async () => {
    const lines: string[] = []
    const site = await openSamlSite({}, { lines })
    const secrets: string[] = []
    const pages: string[] = []
    const turns: readonly (readonly [Partial<SamlSaid>, Signing])[] = [
      [{}, { by: strangeKey }],
      [{ inResponseTo: '_other' }, {}],
      [{ nameIdFormat: samlNames.transient }, {}],
      [{ issuer: 'urn:other' }, {}],
      [{}, { method: `${samlNames.signature}rsa-sha1` }],
      [{}, {}],
    ]
    for (const [more, signing] of turns) {
      const who = visitor()
      const asked = await ask(site, who)
      const xml = signedResponse(asked, { nameId: 'a-name-of-somebody', ...more }, signing)
      pages.push((await deliver(site, who, formOf(asked, xml))).text)
      secrets.push(asked.id, asked.relayState, who.cookies(site.base).get('provider_sign_in') ?? '?')
      secrets.push(
        /<ds:SignatureValue>([^<]{40})/.exec(xml)?.[1] ?? '?',
        Buffer.from(xml).toString('base64').slice(0, 60),
      )
    }
    assert.equal(lines.filter((line) => line.includes('was refused')).length, turns.length - 1)
    const written = [...lines, ...pages].join('\n')
    for (const secret of [...secrets, 'a-name-of-somebody', 'ada@example.org'])
      assert.ok(!written.includes(secret), secret)
  })

  it('comes by POST alone', async () => {
    const site = await openSamlSite()
    const who = visitor()
    const asked = await ask(site, who)
    const query = new URLSearchParams(formOf(asked, signedResponse(asked)))
    assert.equal((await who.get(`${site.base}/accounts/social/acme/callback/?${query}`)).status, 405)
  })

  it('that comes after a quarter of an hour is too late', async () => {
    const site = await openSamlSite()
    const who = visitor()
    const asked = await ask(site, who)
    site.time.now += 900_001
    assert.equal((await deliver(site, who, formOf(asked, signedResponse(asked, { now: site.time.now })))).status, 400)
    assert.equal(await whoIs(site, who), null)
  })
})
