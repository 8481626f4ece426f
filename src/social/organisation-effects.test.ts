import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, providerAt, visitor, whoIs } from './social.contract.ts'
import { startStandIn } from './stand-in.contract.ts'

describe('rules on organisations and roles', () => {
  it('make members with roles, and unmake them; what no rule speaks of is left alone', async () => {
    const acme = await startStandIn()
    const rules = [
      { claim: 'groups', value: 'notes', organisation: 'acme', roles: ['editor', 'helper'] },
      { claim: 'groups', value: 'support', roles: ['helper'] },
      { claim: 'groups', value: 'notes', organisation: 'nowhere', roles: ['nothing'] },
    ]
    const lines: string[] = []
    const site = await openSite({ settings: { signInProviders: [providerAt(acme, { rules })] }, lines })
    acme.clock = () => site.time.now
    const { organisations, members, roles, roleGrants } = site.instance.orgs
    const { id: ownerId } = await site.addUser({ username: 'owner' })
    const organisation = await organisations.create({ name: 'Acme', slug: 'acme', ownerId })
    await roles.create({ name: 'editor', permissions: ['members.view'], organisationId: organisation.id })
    await roles.create({ name: 'helper', permissions: ['help.give'] })
    const own = await roles.create({ name: 'own', permissions: [] })

    acme.person = { ...acme.person, groups: ['notes', 'support'] }
    const who = visitor()
    await who.continueWith(site, 'acme')
    const id = (await whoIs(site, who)) ?? ''
    const has = async (): Promise<readonly string[]> =>
      (await roleGrants.of(id))
        .map(({ roleName, organisationId }) => `${roleName} ${organisationId === null ? 'everywhere' : 'there'}`)
        .toSorted((a, b) => a.localeCompare(b))
    assert.equal((await members.find(organisation.id, id))?.standing, 'member')
    assert.deepEqual(await has(), ['editor there', 'helper everywhere', 'helper there'])
    assert.match(lines.join('\n'), /"organisation":"nowhere"/)
    await roleGrants.grant({ roleId: own.id, userId: id })

    acme.person = { ...acme.person, groups: ['support'] }
    await who.continueWith(site, 'acme', '?fresh=1')
    assert.equal(await members.find(organisation.id, id), null)
    assert.deepEqual(await has(), ['helper everywhere', 'own everywhere'])

    acme.person = { ...acme.person, groups: ['notes'] }
    await who.continueWith(site, 'acme', '?fresh=1')
    await members.setStanding(organisation.id, id, 'admin')
    acme.person = { ...acme.person, groups: [] }
    await who.continueWith(site, 'acme', '?fresh=1')
    assert.equal((await members.find(organisation.id, id))?.standing, 'admin', 'its own people have made them that')
    assert.deepEqual(await has(), ['own everywhere'])
    const [event] = await site.events('organisation.member_added')
    assert.equal(event?.actor, 'provider:acme')
  })

  it('shut nobody out by an organisation that is suspended: they come in, and are made members once it goes on', async () => {
    const acme = await startStandIn()
    const rules = [{ claim: 'groups', value: 'notes', organisation: 'acme', roles: ['helper'] }]
    const lines: string[] = []
    const site = await openSite({ settings: { signInProviders: [providerAt(acme, { rules })] }, lines })
    acme.clock = () => site.time.now
    const { organisations, members, roles, roleGrants } = site.instance.orgs
    const { id: ownerId } = await site.addUser({ username: 'owner' })
    const { id: organisation } = await organisations.create({ name: 'Acme', slug: 'acme', ownerId })
    await roles.create({ name: 'helper', permissions: ['help.give'] })
    await organisations.suspend(organisation)
    acme.person = { ...acme.person, groups: ['notes'] }
    const who = visitor()
    await who.continueWith(site, 'acme')
    const id = (await whoIs(site, who)) ?? assert.fail('they are not let in')
    assert.equal(await members.find(organisation, id), null)
    assert.match(lines.join('\n'), /"organisation":"acme"/)
    await organisations.resume(organisation)
    await who.continueWith(site, 'acme', '?fresh=1')
    assert.equal((await members.find(organisation, id))?.standing, 'member')
    assert.equal((await roleGrants.of(id)).length, 1)
    // What the claim does not give any more is taken while it is suspended, too.
    await organisations.suspend(organisation)
    acme.person = { ...acme.person, groups: [] }
    await who.continueWith(site, 'acme', '?fresh=1')
    assert.equal(await members.find(organisation, id), null)
    assert.deepEqual(await roleGrants.of(id), [])
  })

  it('shut not the last superuser out who would be staff no more', async () => {
    const acme = await startStandIn()
    const rules = [{ claim: 'groups', value: 'admins', staff: true }]
    const site = await openSite({ settings: { signInProviders: [providerAt(acme, { rules })] } })
    acme.clock = () => site.time.now
    acme.person = { ...acme.person, groups: ['admins'] }
    const who = visitor()
    await who.continueWith(site, 'acme')
    const id = (await whoIs(site, who)) ?? ''
    const { users } = site.instance
    assert.equal((await users.find(id))?.isStaff, true)
    await users.update(id, { isSuperuser: true })
    acme.person = { ...acme.person, groups: [] }
    await who.continueWith(site, 'acme', '?fresh=1')
    assert.equal(await whoIs(site, who), id)
    assert.equal((await users.find(id))?.isSuperuser, true)
  })
})
