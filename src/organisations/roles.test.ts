import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { organisationStage, type OrganisationStage } from './stage.contract.ts'

onEachDatabase('createRoles', (stage) => {
  it('makes, finds, changes, lists and deletes roles, those for all and those of an organisation', async () => {
    const { roles, acme } = await open(stage)
    const editor = await roles.create({ name: 'editor', description: ' Writes ', permissions: ['notes.change'] })
    assert.deepEqual([editor.description, editor.isBuiltIn, editor.organisationId], ['Writes', false, null])
    const theirs = await roles.create({ name: 'editor', organisationId: acme, permissions: ['notes.view'] })
    const names = async (of: string | null) => (await roles.list(of)).map(({ id, isBuiltIn }) => [id, isBuiltIn])
    const builtIn = [
      ['owner', true],
      ['admin', true],
      ['member', true],
    ]
    assert.deepEqual(await names(null), [...builtIn, [editor.id, false]])
    assert.deepEqual(await names(acme), [...builtIn, [theirs.id, false]])
    const changed = await roles.update(editor.id, { permissions: ['notes.view', 'notes.view'] })
    assert.deepEqual(changed, { ...editor, permissions: ['notes.view'] })
    assert.deepEqual(await roles.find(editor.id), changed)
    assert.deepEqual(await roles.findByName('editor', acme), theirs)
    await roles.delete(editor.id)
    assert.equal(await roles.find(editor.id), null)
    assert.equal(await roles.findByName('editor', null), null)
  })

  it('leaves what is built in as it is: it can be cloned', async () => {
    const { roles, acme } = await open(stage)
    for (const id of ['owner', 'admin', 'member']) {
      const role = await roles.find(id)
      assert.equal(role?.isBuiltIn, true)
      assert.equal((await refusal(roles.update(id, { permissions: [] }))).status, 409)
      assert.equal((await refusal(roles.delete(id))).status, 409)
      assert.equal((await refusal(roles.create({ name: id }))).status, 400)
      const clone = await roles.create({
        name: `${id}-2`,
        organisationId: acme,
        permissions: role?.permissions ?? [],
      })
      assert.deepEqual(clone.permissions, role?.permissions)
    }
  })

  it('refuses names that are taken, values that cannot be, and what its organisation may not give', async () => {
    const { roles, acme } = await open(stage)
    const editor = await roles.create({ name: 'editor' })
    await roles.create({ name: 'editor', organisationId: acme })
    const other = await roles.create({ name: 'other', organisationId: acme })
    assert.equal((await refusal(roles.create({ name: 'editor' }))).status, 409)
    assert.equal((await refusal(roles.create({ name: 'editor', organisationId: acme }))).status, 409)
    assert.equal((await refusal(roles.update(other.id, { name: 'editor' }))).status, 409)
    for (const name of ['', 'Editor', 'a b', '1', 'ä', 'x'.repeat(51)]) {
      assert.equal((await refusal(roles.create({ name }))).status, 400, name)
    }
    for (const changes of [{ permissions: ['a b'] }, { description: 'x'.repeat(201) }, { description: 'a\nb' }]) {
      assert.equal((await refusal(roles.update(editor.id, changes))).status, 400)
    }
    const beyond = { permissions: ['notes.delete'] }
    assert.match((await refusal(roles.update(other.id, beyond))).message, /notes\.delete/)
    assert.equal((await refusal(roles.create({ name: 'more', organisationId: acme, ...beyond }))).status, 400)
    for (const id of ['', 'x', '00000000001']) {
      assert.equal((await refusal(roles.update(id, {}))).status, 404)
      assert.equal((await refusal(roles.delete(id))).status, 404)
      assert.equal((await refusal(roles.create({ name: 'more', organisationId: id }))).status, 404)
    }
  })

  it('shows an organisation no role of another, and lets it change none (AD01)', async () => {
    const { roles, acme, other } = await open(stage)
    const theirs = await roles.create({ name: 'editor', organisationId: acme })
    const everywhere = await roles.create({ name: 'auditor' })
    for (const { id } of [theirs, everywhere]) {
      assert.equal((await refusal(roles.update(id, { name: 'mine' }, { organisationId: other }))).status, 404)
      assert.equal((await refusal(roles.delete(id, { organisationId: other }))).status, 404)
    }
    assert.equal((await refusal(roles.delete(theirs.id, { organisationId: null }))).status, 404)
    assert.equal((await roles.list(other)).length, 3)
    await roles.delete(theirs.id, { organisationId: acme })
  })
})

onEachDatabase('createRoleGrants', (stage) => {
  it('gives roles that count everywhere, and within an organisation', async () => {
    const { roles, grants, members, acme, other, person, principal } = await open(stage)
    const bob = await person({ permissions: 'own.one' })
    await members.add(acme, bob, 'member')
    const editor = await roles.create({ name: 'editor', permissions: ['notes.change', 'notes.view'] })
    const clerk = await roles.create({ name: 'clerk', permissions: ['notes.view'], organisationId: acme })
    await grants.grant({ roleId: clerk.id, userId: bob })
    const within = await principal(bob)
    assert.equal(within?.roles, undefined)
    assert.deepEqual(within?.permissions, new Set(['own.one']))
    assert.deepEqual(within?.organisations, [
      {
        id: acme,
        slug: 'acme',
        roles: new Set(['clerk', 'member']),
        permissions: new Set(['notes.view', 'organisation.view', 'members.view']),
      },
    ])
    await grants.grant({ roleId: editor.id, userId: bob })
    const everywhere = await principal(bob)
    assert.deepEqual(
      [everywhere?.roles, everywhere?.permissions],
      [new Set(['editor']), new Set(['own.one', 'notes.change', 'notes.view'])],
    )
    // A role that is there for all can be given for one organisation alone.
    await grants.revoke({ roleId: editor.id, userId: bob })
    await grants.grant({ roleId: editor.id, userId: bob, organisationId: acme })
    const here = await principal(bob)
    assert.equal(here?.roles, undefined)
    assert.deepEqual(here?.permissions, new Set(['own.one']))
    assert.equal(here?.organisations?.[0]?.permissions.has('notes.change'), true)
    assert.equal((await refusal(grants.grant({ roleId: editor.id, userId: bob, organisationId: other }))).status, 404)
    assert.equal((await refusal(grants.grant({ roleId: clerk.id, userId: bob, organisationId: other }))).status, 404)
    assert.deepEqual(
      (await grants.of(bob)).map(({ roleName, organisationId }) => [roleName, organisationId]),
      [
        ['clerk', acme],
        ['editor', acme],
      ],
    )
    assert.deepEqual(
      (await grants.holders(clerk.id)).map(({ userId }) => userId),
      [bob],
    )
    assert.equal((await grants.inOrganisation(acme)).length, 2)
  })

  it('takes a role when its time has come, and says when that is', async () => {
    const { roles, grants, person, principal, time } = await open(stage)
    const bob = await person()
    const [editor, auditor] = [
      await roles.create({ name: 'editor', permissions: ['notes.change'] }),
      await roles.create({ name: 'auditor' }),
    ]
    const endsAt = time.now + 1000
    await grants.grant({ roleId: editor.id, userId: bob, endsAt })
    await grants.grant({ roleId: auditor.id, userId: bob, endsAt: endsAt + 500 })
    const now = await principal(bob)
    assert.deepEqual([now?.roles, now?.rolesEndAt], [new Set(['auditor', 'editor']), endsAt])
    time.now = endsAt - 1
    assert.equal((await principal(bob))?.permissions?.has('notes.change'), true)
    time.now = endsAt
    const later = await principal(bob)
    assert.deepEqual(
      [later?.roles, later?.rolesEndAt, later?.permissions],
      [new Set(['auditor']), endsAt + 500, new Set()],
    )
    // Once more, for good.
    await grants.grant({ roleId: editor.id, userId: bob })
    time.now += 86_400_000
    assert.deepEqual((await principal(bob))?.roles, new Set(['editor']))
    for (const end of [time.now, 0, 1.5, Number.NaN]) {
      assert.equal((await refusal(grants.grant({ roleId: editor.id, userId: bob, endsAt: end }))).status, 400)
    }
  })

  it('ends what claims a role when it is taken, shortened, changed to less, or deleted', async () => {
    const { roles, grants, person, ended, time } = await open(stage)
    const [bob, eve] = [await person(), await person()]
    const editor = await roles.create({ name: 'editor', permissions: ['a.b', 'c.d'] })
    for (const userId of [bob, eve]) await grants.grant({ roleId: editor.id, userId })
    assert.deepEqual(await ended(), [])
    await roles.update(editor.id, { permissions: ['c.d', 'a.b', 'e.f'], description: 'More' })
    assert.deepEqual(await ended(), [])
    await roles.update(editor.id, { permissions: ['a.b'] })
    assert.deepEqual(await ended(), [bob, eve])
    await roles.update(editor.id, { name: 'author' })
    assert.deepEqual(await ended(), [bob, eve])
    await grants.grant({ roleId: editor.id, userId: bob, endsAt: time.now + 5000 })
    assert.deepEqual(await ended(), [bob])
    await grants.grant({ roleId: editor.id, userId: bob, endsAt: time.now + 9000 })
    assert.deepEqual(await ended(), [])
    assert.equal(await grants.revoke({ roleId: editor.id, userId: bob }), true)
    assert.deepEqual(await ended(), [bob])
    assert.equal(await grants.revoke({ roleId: editor.id, userId: bob }), false)
    assert.deepEqual(await ended(), [])
    await roles.delete(editor.id)
    assert.deepEqual(await ended(), [eve])
  })

  it('says at the row of a user whether there is anything to look for, however much happens at once', async () => {
    const opened = await open(stage)
    const { roles, grants, person, principal, database, second } = opened
    const bob = await person({ username: 'bob' })
    const marked = async () =>
      (await database.read.selectFrom('users').select('has_roles').where('username', '=', 'bob').execute())[0]
    const made = await Promise.all(['a', 'b', 'c'].map(async (name) => roles.create({ name })))
    assert.deepEqual(await marked(), { has_roles: 0 })
    const elsewhere = (await organisationStage({ ...opened, database: second })).grants
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(
        made.map(async ({ id }, turn) => {
          await grants.grant({ roleId: id, userId: bob })
          await elsewhere.revoke({ roleId: id, userId: bob })
          if (turn === round % 3) await grants.grant({ roleId: id, userId: bob })
        }),
      )
      assert.deepEqual(await marked(), { has_roles: 1 })
      assert.equal((await principal(bob))?.roles?.size, 1)
      for (const { id } of made) await grants.revoke({ roleId: id, userId: bob })
      assert.deepEqual(await marked(), { has_roles: 0 })
    }
  })

  it('refuses what is built in, and roles and users that are not there', async () => {
    const { roles, grants, person, ada } = await open(stage)
    const { id } = await roles.create({ name: 'editor' })
    assert.equal((await refusal(grants.grant({ roleId: 'owner', userId: ada }))).status, 409)
    assert.equal((await refusal(grants.revoke({ roleId: 'owner', userId: ada }))).status, 409)
    for (const wrong of ['', 'x', '00000000001']) {
      assert.equal((await refusal(grants.grant({ roleId: wrong, userId: ada }))).status, 404)
      assert.equal((await refusal(grants.grant({ roleId: id, userId: wrong }))).status, 404)
      assert.equal((await refusal(grants.grant({ roleId: id, userId: ada, organisationId: wrong }))).status, 404)
    }
    assert.deepEqual([await grants.of('x'), await grants.holders('x'), await grants.inOrganisation('x')], [[], [], []])
    assert.deepEqual(await grants.of(await person()), [])
  })
})

interface Opened extends OrganisationStage {
  readonly acme: string
  readonly other: string
  readonly ada: string
}

async function open(stage: () => Promise<Stage>): Promise<Opened> {
  const opened = await organisationStage(await stage())
  const ada = await opened.person({ username: 'ada' })
  const { organisations } = opened
  const allowedPermissions = ['notes.view', 'notes.change']
  const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada, allowedPermissions })
  const other = await organisations.create({ name: 'Other', slug: 'other', ownerId: ada })
  return { ...opened, acme: acme.id, other: other.id, ada }
}
