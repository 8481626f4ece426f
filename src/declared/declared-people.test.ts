import assert from 'node:assert/strict'
import { it } from 'node:test'
import { organisationWithMembers, roleWithHolders } from '../admin/stanzas.ts'
import { declaredStores } from '../server/declared-stores.ts'
import type { Instance } from '../server/instance.ts'
import { describeDatabases } from '../storage/databases.contract.ts'
import { apply, faultsOf, instances, told } from './applying.contract.ts'
import { exportDeclared } from './export-declared.ts'

const people = {
  users: [{ username: 'bob' }, { username: 'cleo' }, { username: 'dan' }],
  organisations: [
    {
      slug: 'acme',
      name: 'Acme',
      owner: 'ada',
      allowed_permissions: ['notes.view', 'notes.change'],
      members: [{ user: 'bob' }, { user: 'cleo', role: 'admin' }],
    },
    { slug: 'other', name: 'Other', members: [{ user: 'dan', role: 'owner' }] },
  ],
  roles: [
    {
      name: 'editor',
      permissions: ['notes.change'],
      holders: [{ user: 'dan' }, { user: 'bob', organisation: 'acme' }],
    },
    { name: 'viewer', organisation: 'acme', permissions: ['notes.view'], holders: [{ user: 'cleo' }] },
  ],
}

describeDatabases('Who belongs to what, as a file declares it', (start) => {
  const withInstance = instances(start)

  async function membersOf({ orgs }: Instance, slug: string): Promise<Readonly<Record<string, string>>> {
    const organisation = (await orgs.organisations.findBySlug(slug)) ?? assert.fail()
    const { members } = await orgs.members.list(organisation.id)
    return Object.fromEntries(members.map(({ username, standing }) => [username, standing]))
  }

  async function holdersOf({ orgs }: Instance, name: string): Promise<readonly string[]> {
    const role = (await orgs.roles.findByName(name, null)) ?? assert.fail()
    const grants = await orgs.roleGrants.holders(role.id)
    return grants.map(({ username, organisationId }) => `${username}${organisationId === null ? '' : ' there'}`)
  }

  it('is made with the rest, and there is nothing to do the second time', async () => {
    await withInstance(async (instance) => {
      await apply(instance, people)
      assert.deepEqual(await membersOf(instance, 'acme'), { ada: 'owner', bob: 'member', cleo: 'admin' })
      assert.deepEqual(await membersOf(instance, 'other'), { dan: 'owner' })
      assert.deepEqual(await holdersOf(instance, 'editor'), ['bob there', 'dan'])
      const again = await apply(instance, people)
      assert.deepEqual(new Set(again.map(({ action }) => action)), new Set(['leave']))
    })
  })

  it('is what export writes with users, and nothing of it without', async () => {
    await withInstance(async (instance) => {
      await apply(instance, people)
      const stores = declaredStores(instance, instance.database)
      const written = await exportDeclared(stores, { users: true })
      assert.deepEqual(written['organisations']?.[0]?.['members'], [
        { user: 'ada', role: 'owner' },
        { user: 'bob', role: 'member' },
        { user: 'cleo', role: 'admin' },
      ])
      assert.deepEqual(written['roles']?.[0]?.['holders'], [{ user: 'bob', organisation: 'acme' }, { user: 'dan' }])
      assert.deepEqual(written['roles']?.[1]?.['holders'], [{ user: 'cleo' }])
      const steps = await apply(instance, written, { dryRun: true, prune: true })
      assert.deepEqual(new Set(steps.map(({ action }) => action)), new Set(['leave']))
      assert.ok(!JSON.stringify(await exportDeclared(stores)).includes('cleo'))
    })
  })

  it('stays where a list leaves it out, and goes with prune', async () => {
    await withInstance(async (instance) => {
      await apply(instance, people)
      const less = {
        organisations: [
          {
            slug: 'acme',
            members: [
              { user: 'ada', role: 'owner' },
              { user: 'bob', role: 'admin' },
            ],
          },
        ],
        roles: [
          { name: 'editor', holders: [] },
          { name: 'viewer', organisation: 'acme' },
        ],
      }
      const [step] = await apply(instance, less)
      assert.deepEqual(
        step?.changes.map(({ member }) => member),
        ['members'],
      )
      assert.deepEqual(await membersOf(instance, 'acme'), { ada: 'owner', bob: 'admin', cleo: 'admin' })
      assert.deepEqual(await holdersOf(instance, 'editor'), ['bob there', 'dan'])
      const planned = await apply(instance, less, { prune: true, dryRun: true })
      assert.deepEqual(told(planned), ['change organisation acme', 'change role editor', 'leave role viewer of acme'])
      assert.deepEqual(await membersOf(instance, 'acme'), { ada: 'owner', bob: 'admin', cleo: 'admin' })
      await apply(instance, less, { prune: true })
      assert.deepEqual(await membersOf(instance, 'acme'), { ada: 'owner', bob: 'admin' })
      assert.deepEqual(await holdersOf(instance, 'editor'), [])
      assert.deepEqual(await membersOf(instance, 'other'), { dan: 'owner' }, 'the file says nothing of it')
    })
  })

  it('never leaves an organisation without an owner, and lets one take the place of another', async () => {
    await withInstance(async (instance) => {
      await apply(instance, people)
      for (const members of [[], [{ user: 'bob', role: 'admin' }]]) {
        const faults = await faultsOf(apply(instance, { organisations: [{ slug: 'acme', members }] }, { prune: true }))
        assert.deepEqual(faults, [
          'organisations[0].members: An organisation needs an owner. Make somebody else an owner first.',
        ])
      }
      assert.deepEqual(
        await faultsOf(apply(instance, { organisations: [{ slug: 'acme', members: [{ user: 'ada' }] }] })),
        [
          'organisations[0].members[0]: It cannot be so: An organisation needs an owner. Make somebody else an owner first.',
        ],
      )
      const members = [{ user: 'ada' }, { user: 'bob', role: 'owner' }]
      await apply(instance, { organisations: [{ slug: 'acme', members }] }, { prune: true })
      assert.deepEqual(await membersOf(instance, 'acme'), { ada: 'member', bob: 'owner' })
    })
  })

  it('is refused with the place of whoever is wrong', async () => {
    await withInstance(async (instance) => {
      await apply(instance, people)
      await apply(instance, { users: [{ username: 'eve', is_active: false }] })
      const faults = await faultsOf(
        apply(instance, {
          organisations: [
            { slug: 'acme', members: [{ user: 'bob' }, { user: 'nobody' }] },
            { slug: 'other', members: [{ user: 'bob' }, { user: 'BOB', role: 'admin' }] },
            { slug: 'third', name: 'Third', owner: 'ada', members: [{ user: 'eve' }] },
            { slug: 'fourth', name: 'Fourth', members: [{ user: 'nobody', role: 'owner' }] },
            { slug: 'fifth', name: 'Fifth', members: [{ user: 'bob' }] },
          ],
          roles: [
            { name: 'editor', holders: [{ user: 'nobody' }] },
            { name: 'viewer', organisation: 'acme', holders: [{ user: 'dan' }] },
            { name: 'third', holders: [{ user: 'bob' }, { user: 'Bob', organisation: null }] },
            { name: 'fourth', holders: [{ user: 'bob', organisation: 'nowhere' }] },
          ],
        }),
      )
      assert.deepEqual(faults, [
        'organisations[0].members[1]: It is no user.',
        'organisations[1].members[1]: It is the same user as the one of no. 1.',
        'organisations[2].members[0]: It is a user who is disabled.',
        'organisations[3].members: There is no user of this name, or it is an e-mail address that is not verified.',
        'organisations[4].owner: A new one needs somebody who owns it: their username.',
        'roles[0].holders[0]: It is no user.',
        'roles[1].holders[0]: It is nobody to whom it can be given there: they are no member of the organisation.',
        'roles[2].holders[1]: It says the same as no. 1.',
        'roles[3].holders: There is no organisation of this short name.',
      ])
      for (const wrong of [
        { organisations: [{ slug: 'acme', members: [{ user: 'bob', role: 'boss' }] }] },
        { organisations: [{ slug: 'acme', members: [{ user: 'bob', until: 1 }] }] },
        { organisations: [{ slug: 'acme', members: ['bob'] }] },
        { roles: [{ name: 'editor', holders: [{}] }] },
      ]) {
        assert.match((await faultsOf(apply(instance, wrong))).join(), /members\[0\]|holders\[0\]/)
      }
    })
  })

  it('says nothing of what somebody has for a while, and gives for good what it names', async () => {
    await withInstance(async (instance) => {
      await apply(instance, people)
      const role = (await instance.orgs.roles.findByName('editor', null)) ?? assert.fail()
      const cleo = (await instance.users.findByLogin('cleo')) ?? assert.fail()
      const endsAt = Date.now() + 3_600_000
      await instance.orgs.roleGrants.grant({ roleId: role.id, userId: cleo.id, endsAt }, { actor: 'system' })
      const holders = [{ user: 'dan' }]
      await apply(instance, { roles: [{ name: 'editor', holders }] }, { prune: true })
      assert.deepEqual(await holdersOf(instance, 'editor'), ['cleo', 'dan'])
      await apply(instance, { roles: [{ name: 'editor', holders: [...holders, { user: 'cleo' }] }] })
      const grants = await instance.orgs.roleGrants.holders(role.id)
      assert.deepEqual(
        grants.map(({ endsAt: end }) => end),
        [null, null],
      )
    })
  })

  it('lets people into an organisation that goes on with the same stanza', async () => {
    await withInstance(async (instance) => {
      await apply(instance, people)
      await apply(instance, { organisations: [{ slug: 'acme', is_suspended: true }] })
      const members = [{ user: 'dan' }]
      assert.match(
        (await faultsOf(apply(instance, { organisations: [{ slug: 'acme', members }] }))).join(),
        /suspended/,
      )
      await apply(instance, { organisations: [{ slug: 'acme', is_suspended: false, members }] })
      assert.equal((await membersOf(instance, 'acme'))['dan'], 'member')
    })
  })

  it('is what pages copy, up to as many as a page can show', async () => {
    await withInstance(async (instance) => {
      await apply(instance, people)
      const { organisations, members, roles, roleGrants } = instance.orgs
      const stores = { organisations, members, roleGrants }
      const acme = (await organisations.findBySlug('acme')) ?? assert.fail()
      const role = (await roles.findByName('editor', null)) ?? assert.fail()
      const organisation = await organisationWithMembers(acme, stores)
      const file = { organisations: [organisation], roles: [await roleWithHolders(role, stores)] }
      assert.deepEqual(told(await apply(instance, file)), ['leave organisation acme', 'leave role editor'])
      assert.equal((organisation['members'] as readonly unknown[]).length, 3)
      for (let turn = 0; turn < 200; turn += 1) {
        const { id } = await instance.users.create({ username: `user${turn}` })
        await members.add(acme.id, id, 'member', { actor: 'system' })
      }
      assert.equal((await organisationWithMembers(acme, stores))['members'], undefined)
    })
  })
})
