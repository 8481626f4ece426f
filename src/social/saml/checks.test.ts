import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Site, visitor, whoIs } from '../social.contract.ts'
import { samlNames } from './saml-names.ts'
import {
  ask,
  at,
  come,
  conditions,
  confirmation,
  entityId,
  openSamlSite,
  type SamlAsked,
  type SamlSaid,
  said,
  signedResponse,
  statement,
} from './saml-idp.contract.ts'

const lines: string[] = []
const site: Site = await openSamlSite({}, { lines })
const minute = 60_000

type Made = (asked: SamlAsked) => Partial<SamlSaid>

/** Sends a response that is signed as it should be, and says this: nobody may be signed in, and the log has to say which check it was. */
async function refused(make: Made, reason: RegExp): Promise<void> {
  const who = visitor()
  lines.length = 0
  const page = await come(site, who, (asked) => signedResponse(asked, make(asked)))
  assert.equal(page.status, 400)
  assert.match(page.text, /could not be completed/)
  assert.equal(await whoIs(site, who), null)
  assert.match(lines.join('\n'), reason)
}

async function taken(make: Made): Promise<void> {
  const who = visitor()
  const page = await come(site, who, (asked) => signedResponse(asked, make(asked)))
  assert.notEqual(await whoIs(site, who), null, page.text)
}

describe('a SAML response', () => {
  // SAML Core, section 3.2.2.2: "urn:oasis:names:tc:SAML:2.0:status:Success: The request succeeded."
  it('has to be of success, and the log has the status and what is said of it', async () => {
    const status =
      (value: string, more = ''): Made =>
      () => ({
        status: `<samlp:Status><samlp:StatusCode Value="${value}">${more}</samlp:StatusCode><samlp:StatusMessage>No such user</samlp:StatusMessage></samlp:Status>`,
      })
    const second = '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/>'
    await refused(
      status('urn:oasis:names:tc:SAML:2.0:status:Responder', second),
      /not success: urn:\S*:Responder, urn:\S*:AuthnFailed, No such user/,
    )
    await refused(() => ({ status: '' }), /not success: none/)
    await refused(status(`${samlNames.success}x`), /not success/)
  })

  // SAML Core, section 3.2.2, Destination: "If it is present, the actual recipient MUST check that the URI reference identifies
  // the location at which the message was received. If it does not, the response MUST be discarded."
  it('is for our address (Destination)', async () => {
    const elsewhere = ['https://evil.example/', '', `${site.base}/accounts/social/other/callback/`]
    for (const destination of elsewhere) await refused(() => ({ destination }), /The Destination is .* and not/)
    await refused(({ acs }) => ({ destination: acs.replace(/\/$/, '') }), /The Destination is/)
    await taken(() => ({ destination: null }))
  })

  // SAML Profiles, section 4.1.4.2: "if present it MUST contain the unique identifier of the issuing identity provider".
  it('is from the provider (Issuer), and so is its assertion', async () => {
    await refused(
      () => ({ responseIssuer: 'https://evil.example/' }),
      /Issuer of the response is https:\/\/evil\.example\//,
    )
    await refused(() => ({ issuer: `${entityId}/`, responseIssuer: null }), /Issuer of the assertion is/)
    await refused(() => ({ issuer: '', responseIssuer: null }), /Issuer of the assertion is/)
    await taken(() => ({ responseIssuer: null }))
  })

  // SAML Core, section 3.2.2, InResponseTo: "its value MUST match the value of the corresponding request's ID attribute".
  it('answers the request of this sign-in (InResponseTo), in both places [B-SOC-15]', async () => {
    for (const inResponseTo of [null, '', '_another']) {
      await refused(() => ({ inResponseTo }), /InResponseTo of the response is not the id/)
      await refused(
        ({ acs }) => ({
          confirmation: confirmation({ recipient: acs, inResponseTo, until: at(site.time.now + minute) }),
        }),
        /InResponseTo of the subject is not the id/,
      )
    }
    const others = await ask(site, visitor())
    await refused(() => ({ inResponseTo: others.id }), /InResponseTo of the response/)
  })

  // SAML Profiles, section 4.1.4.3: "Verify that the Recipient attribute in any bearer <SubjectConfirmationData> matches the
  // assertion consumer service URL to which the <Response> or artifact was delivered".
  it('confirms the bearer, here (Recipient), and not for ever (NotOnOrAfter)', async () => {
    const until = at(site.time.now + minute)
    const confirmed =
      (more: object): Made =>
      ({ acs, id }) => ({
        confirmation: confirmation({ recipient: acs, inResponseTo: id, until, ...more }),
      })
    await refused(confirmed({ recipient: 'https://evil.example/' }), /The Recipient is https:\/\/evil\.example\//)
    await refused(confirmed({ recipient: null }), /The Recipient is nothing/)
    await refused(confirmed({ until: null }), /has no NotOnOrAfter/)
    await refused(confirmed({ until: at(site.time.now - 2 * minute) }), /was good until/)
    await refused(confirmed({ from: at(site.time.now + 2 * minute) }), /not good before/)
    await refused(confirmed({ until: 'tomorrow' }), /tomorrow is no time in UTC/)
    await refused(confirmed({ until: '2099-01-01T00:00:00+02:00' }), /is no time in UTC/)
    await refused(confirmed({ method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }), /no confirmation of a bearer/)
    await refused(() => ({ confirmation: '' }), /no confirmation of a bearer/)
    await taken(({ acs, id }) => ({
      confirmation:
        confirmation({ recipient: 'https://other.example/', inResponseTo: id, until }) +
        confirmation({ recipient: acs, inResponseTo: id, until }),
    }))
  })

  // SAML Profiles, section 4.1.4.2: "MUST contain an <AudienceRestriction> including the service provider's unique identifier".
  it('is for this site (Audience), by each restriction', async () => {
    const until = at(site.time.now + minute)
    const only =
      (audience: string | null, more = ''): Made =>
      () => ({
        conditions: conditions({ audience, from: null, until, more }),
      })
    await refused(only('https://evil.example/'), /The Audience is https:\/\/evil\.example\/, and not http/)
    await refused(only(null), /has no AudienceRestriction/)
    await refused(({ acs }) => only(acs)({} as SamlAsked), /The Audience is/)
    const second = '<saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction>'
    await refused(({ issuer }) => only(issuer, second)({} as SamlAsked), /The Audience is urn:other/)
    await taken(({ issuer }) => only(`urn:other</saml:Audience><saml:Audience>${issuer}`)({} as SamlAsked))
    await refused(() => ({ conditions: '' }), /not one Conditions/)
  })

  // SAML Core, section 2.5.1.1: "If any sub-element … cannot be evaluated … the validity of the assertion cannot be determined".
  it('has no condition that is not understood', async () => {
    const until = at(site.time.now + minute)
    const more =
      (condition: string): Made =>
      ({ issuer }) => ({
        conditions: conditions({ audience: issuer, from: null, until, more: condition }),
      })
    await refused(more('<saml:Condition/>'), /The condition Condition is not understood/)
    await refused(more('<x:OneTimeUse xmlns:x="urn:x"/>'), /The condition OneTimeUse is not understood/)
    await taken(more('<saml:OneTimeUse/><saml:ProxyRestriction Count="0"/>'))
  })

  // SAML Core, section 2.5.1.2: NotBefore and NotOnOrAfter "specify time limits on the validity of the assertion".
  it('is good now, by a clock that may be off by a minute', async () => {
    const between =
      (from: number, until: number): Made =>
      ({ issuer }) => {
        const now = site.time.now
        return { conditions: conditions({ audience: issuer, from: at(now + from), until: at(now + until) }) }
      }
    site.time.now = Math.floor(site.time.now / 1000) * 1000
    await taken(between(minute, 2 * minute))
    await refused(between(minute + 1, 2 * minute), /is not good before/)
    await taken(between(-5 * minute, -minute + 1))
    await refused(between(-5 * minute, -minute), /was good until/)
  })

  // SAML Core, section 2.7.2, SessionNotOnOrAfter: the session "MUST be considered ended".
  it('says when they signed in there, and that they have not been signed out', async () => {
    const stated =
      (more: object): Made =>
      () => ({ statement: statement({ at: at(site.time.now), ...more }) })
    await refused(() => ({ statement: '' }), /has no AuthnStatement/)
    await refused(stated({ at: null }), /has no AuthnInstant/)
    await refused(stated({ at: at(site.time.now + 2 * minute) }), /AuthnInstant is to come/)
    await refused(stated({ end: at(site.time.now - 2 * minute) }), /The session there ended/)
    await taken(stated({ end: at(site.time.now + minute) }))
    // SAML Core, section 3.4.1, ForceAuthn: "the identity provider MUST authenticate the presenter directly rather than rely on
    // a previous security context". It was asked for here.
    await refused(stated({ at: at(site.time.now - 2 * minute) }), /ForceAuthn was asked for/)
  })

  // SAML Core, section 3.2.2, Version: "The identifier for the version of SAML defined in this specification is "2.0"."
  it('is of version 2.0, and so is its assertion, which has an id', async () => {
    const changed =
      (from: string, to: string): Made =>
      (asked) => ({ assertion: said(asked).assertion.replace(from, to) })
    await refused(changed('Version="2.0"', 'Version="1.1"'), /Version of the assertion is not 2\.0/)
    const who = visitor()
    lines.length = 0
    const page = await come(site, who, (asked) => signedResponse(asked).replace('Version="2.0"', 'Version="1.1"'))
    assert.equal(page.status, 400)
    assert.match(lines.join('\n'), /Version of the response is not 2\.0/)
  })
})

describe('who somebody is, by SAML', () => {
  it('is the NameID, to the letter, and never a transient one', async () => {
    await refused(() => ({ nameIdFormat: samlNames.transient }), /The NameID is transient, .* attributes\.subject/)
    for (const nameId of ['', ' person-1', 'person-1\n', 'x'.repeat(256)]) {
      await refused(() => ({ nameId }), /The NameID is|has not one NameID/)
    }
    await refused(() => ({ nameId: 'a</saml:NameID><saml:NameID>b' }), /two names/)
    await refused(() => ({ nameId: '<b>person-1</b>' }), /has not one NameID/)
  })

  it('may be an attribute instead, which has one value, and then a transient NameID does no harm', async () => {
    const own = await openSamlSite({ attributes: { subject: 'employeeNumber' } }, { lines })
    const enter = async (attributes: SamlSaid['attributes']): Promise<string | null> => {
      const who = visitor()
      const nameId = `_${Math.random()}`
      await come(own, who, (asked) => signedResponse(asked, { nameId, nameIdFormat: samlNames.transient, attributes }))
      return whoIs(own, who)
    }
    const first = await enter({ employeeNumber: ['4711'] })
    assert.ok(first !== null)
    assert.equal(await enter({ employeeNumber: ['4711'], mail: ['other@example.org'] }), first)
    assert.notEqual(await enter({ employeeNumber: ['4712'] }), first)
    assert.equal(await enter({ employeeNumber: ['4711', '4712'] }), null)
    assert.equal(await enter({}), null)
  })

  it('takes in address, name and groups by the names that are usual, and by those of the settings', async () => {
    const microsoft = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/'
    const usual: readonly SamlSaid['attributes'][] = [
      { mail: ['ada@example.org'], givenName: ['Ada'], sn: ['Lovelace'] },
      {
        'urn:oid:0.9.2342.19200300.100.1.3': ['ada@example.org'],
        'urn:oid:2.16.840.1.113730.3.1.241': ['Ada Lovelace'],
      },
      {
        [`${microsoft}emailaddress`]: ['ada@example.org'],
        [`${microsoft}givenname`]: ['Ada'],
        [`${microsoft}surname`]: ['Lovelace'],
      },
    ]
    for (const attributes of usual) await named({}, { attributes })
    await named(
      { attributes: { email: 'x', name: 'y' } },
      { attributes: { x: ['ada@example.org'], y: ['Ada Lovelace'], mail: ['no@example.org'] } },
    )
    await named(
      {},
      {
        nameId: 'ada@example.org',
        nameIdFormat: samlNames.emailAddress,
        attributes: { displayName: ['Ada Lovelace'] },
      },
    )
  })

  it('has an address that counts as verified only where the settings say so', async () => {
    const own = await openSamlSite()
    const who = visitor()
    await come(own, who, (asked) => signedResponse(asked))
    const account = await own.instance.users.find((await whoIs(own, who)) ?? '')
    assert.equal(account?.email, null)
  })

  it('is found by provider, issuer and subject together', async () => {
    const first = visitor()
    await come(site, first, (asked) => signedResponse(asked, { nameId: 'one' }))
    const again = visitor()
    await come(site, again, (asked) => signedResponse(asked, { nameId: 'one', attributes: {} }))
    assert.equal(await whoIs(site, again), await whoIs(site, first))
    const other = visitor()
    await come(site, other, (asked) => signedResponse(asked, { nameId: 'ONE' }))
    assert.notEqual(await whoIs(site, other), await whoIs(site, first))
  })

  it('has proved a second factor where the authentication context says so, and the settings trust it', async () => {
    const own = await openSamlSite({ trustSecondFactor: true })
    const amr = async (make: Made): Promise<readonly string[] | undefined> => {
      const who = visitor()
      await come(own, who, (asked) => signedResponse(asked, make(asked)))
      return (await own.instance.sessions.find(who.cookies(own.base).get('sessionid') ?? ''))?.auth.amr
    }
    const context = 'https://refeds.org/profile/mfa'
    const microsoft = 'http://schemas.microsoft.com/claims/authnmethodsreferences'
    const values = ['http://schemas.microsoft.com/claims/multipleauthn', 'http://schemas.microsoft.com/claims/password']
    assert.deepEqual(await amr(() => ({})), ['fed'])
    assert.deepEqual(await amr(() => ({ statement: statement({ at: at(own.time.now), context }) })), ['fed', 'mfa'])
    assert.deepEqual(await amr(() => ({ attributes: { [microsoft]: values } })), ['fed', 'mfa'])
    assert.deepEqual(await amr(() => ({ attributes: { amr: ['mfa'], [microsoft]: [values[1] ?? ''] } })), ['fed'])
  })

  async function named(more: Readonly<Record<string, unknown>>, saying: Partial<SamlSaid>): Promise<void> {
    const own = await openSamlSite({ emailsAreVerified: true, ...more })
    const who = visitor()
    const page = await come(own, who, (asked) => signedResponse(asked, saying))
    const id = (await whoIs(own, who)) ?? ''
    assert.notEqual(id, '', page.text)
    const [link] = await own.instance.social.linked.list(id)
    assert.deepEqual([link?.email, link?.name], ['ada@example.org', 'Ada Lovelace'], JSON.stringify(saying))
  }
})
