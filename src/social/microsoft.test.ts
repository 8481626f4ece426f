import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ledTo, openSite, type Site, type Visited, visitor, whoIs } from './social.contract.ts'
import { type StandIn, startStandIn } from './stand-in.contract.ts'

const [ours, theirs] = ['11111111-2222-4333-8444-555555555555', '99999999-2222-4333-8444-555555555555']
const place = 'https://login.microsoftonline.com'
const issuerOf = (tenant: string): string => `${place}/${tenant}/v2.0`

async function microsoft(more: Readonly<Record<string, unknown>> = {}): Promise<{ site: Site; standIn: StandIn }> {
  const standIn = await startStandIn({ issuer: `${place}/common/v2.0` })
  standIn.metadata = { issuer: issuerOf('{tenantid}'), authorization_response_iss_parameter_supported: false }
  const provider = { id: 'microsoft', clientId: 'doorward', clientSecret: 'x', createAccounts: true, ...more }
  const site = await openSite({
    settings: { signInProviders: [provider], signInStartsPerAddress: null },
    providerFetch: ledTo(standIn, place),
  })
  return { site, standIn }
}

async function come(site: Site, standIn: StandIn): Promise<{ page: Visited; id: string | null }> {
  const who = visitor()
  who.stopAt = place
  const { url } = await who.continueWith(site, 'microsoft')
  who.stopAt = null
  const answered = await fetch(standIn.origin + url.pathname + url.search, { redirect: 'manual' })
  const back = new URL(answered.headers.get('location') ?? '')
  back.searchParams.delete('iss')
  const page = await who.get(back.href)
  return { page, id: await whoIs(site, who) }
}

describe('signing in with Microsoft', () => {
  it('takes an issuer for each tenant, which has to be that of the tenant in the token [RP04]', async () => {
    const { site, standIn } = await microsoft()
    const person = { sub: 's1', email: 'ada@example.org', xms_edov: true }
    standIn.person = { ...person, tid: ours, iss: issuerOf(ours) }
    const { id } = await come(site, standIn)
    assert.notEqual(id, null)
    const row = await site.instance.database.read.selectFrom('linked_accounts').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.issuer, issuerOf(ours))

    for (const wrong of [
      { tid: ours, iss: issuerOf(theirs) },
      { tid: theirs, iss: issuerOf(ours) },
      { iss: issuerOf(ours) },
      { tid: 'common', iss: issuerOf('common') },
      { tid: `${ours}/v2.0/../..`, iss: issuerOf(`${ours}/v2.0/../..`) },
      { tid: ours, iss: issuerOf('{tenantid}') },
      { tid: [ours], iss: issuerOf(ours) },
    ]) {
      standIn.person = { ...person, ...wrong }
      assert.equal((await come(site, standIn)).id, null, JSON.stringify(wrong))
    }
  })

  it('is another account in another tenant, with the same subject [RP05]', async () => {
    const { site, standIn } = await microsoft()
    standIn.person = { sub: 's1', tid: ours, iss: issuerOf(ours) }
    const first = await come(site, standIn)
    standIn.person = { sub: 's1', tid: theirs, iss: issuerOf(theirs) }
    const second = await come(site, standIn)
    assert.notEqual(second.id, null)
    assert.notEqual(second.id, first.id)
  })

  it('lets in only the tenants that are listed', async () => {
    const { site, standIn } = await microsoft({ tenants: [ours] })
    standIn.person = { sub: 's1', tid: theirs, iss: issuerOf(theirs) }
    const { page, id } = await come(site, standIn)
    assert.equal(id, null)
    assert.match(page.text, /Accounts of this organisation cannot sign in here/)
    standIn.person = { sub: 's1', tid: ours, iss: issuerOf(ours) }
    assert.notEqual((await come(site, standIn)).id, null)
  })

  it('takes a key that is one tenant’s for no other one [RP04]', async () => {
    const { site, standIn } = await microsoft()
    standIn.keys = [{ ...standIn.key.publicJwk, issuer: issuerOf(theirs) }]
    standIn.person = { sub: 's1', tid: ours, iss: issuerOf(ours) }
    assert.equal((await come(site, standIn)).id, null)
    standIn.person = { sub: 's1', tid: theirs, iss: issuerOf(theirs) }
    assert.notEqual((await come(site, standIn)).id, null)
  })

  it('believes no address that a tenant may have made up [RP05 RP06 B-SOC-06]', async () => {
    const { site, standIn } = await microsoft({ linkByEmail: true })
    const { id: ada } = await site.addUser({ username: 'ada', email: 'ada@example.org', emailVerified: true })
    const person = { tid: ours, iss: issuerOf(ours), email: 'ada@example.org' }
    for (const [index, claims] of [{}, { email_verified: true }, { xms_edov: false }, { xms_edov: '0' }].entries()) {
      standIn.person = { ...person, sub: `s${index}`, ...claims }
      const { id } = await come(site, standIn)
      assert.notEqual(id, ada)
      assert.equal((await site.instance.users.find(id ?? ''))?.email, null)
    }
    standIn.person = { ...person, sub: 'true', xms_edov: '1' }
    assert.equal((await come(site, standIn)).id, ada)
  })
})
