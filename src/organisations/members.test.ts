import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import type { Standing } from '../tokens/standing.ts'
import { organisationStage, type OrganisationStage } from './stage.contract.ts'

onEachDatabase('createMembers', (stage) => {
  it('adds members with a standing, lists them page by page, and tells whose member somebody is', async () => {
    const { members, acme, ada, person, principal, organisations } = await open(stage)
    const [bob, eve] = [await person({ username: 'bob', email: 'bob@example.org' }), await person({ username: 'eve' })]
    await members.add(acme, bob, 'admin')
    await members.add(acme, eve, 'member')
    const first = await members.list(acme, { limit: 2 })
    assert.deepEqual(
      first.members.map(({ username, standing }) => [username, standing]),
      [
        ['ada', 'owner'],
        ['bob', 'admin'],
      ],
    )
    const rest = await members.list(acme, { after: first.next ?? '' })
    assert.deepEqual([rest.members.map(({ userId }) => userId), rest.next], [[eve], null])
    assert.deepEqual((await members.find(acme, bob))?.email, 'bob@example.org')
    assert.equal(await members.find(acme, await person()), null)

    const other = await organisations.create({ name: 'Zeta', slug: 'other', ownerId: bob })
    assert.deepEqual(
      (await members.of(bob)).map(({ slug, standing }) => [slug, standing]),
      [
        ['acme', 'admin'],
        ['other', 'owner'],
      ],
    )
    assert.deepEqual(
      (await principal(bob))?.organisations?.map(({ id, slug, roles }) => [id, slug, [...roles]]),
      [
        [acme, 'acme', ['admin']],
        [other.id, 'other', ['owner']],
      ],
    )
    assert.equal((await principal(ada))?.organisations?.[0]?.permissions.has('organisation.delete'), true)
    assert.equal((await principal(eve))?.organisations?.[0]?.permissions.has('members.add'), false)
  })

  it('ends what claims it when somebody becomes something else, leaves, or is removed', async () => {
    const { members, acme, person, principal, ended, grants, roles, database } = await open(stage)
    const bob = await person()
    await members.add(acme, bob, 'admin')
    const role = await roles.create({ name: 'editor', organisationId: acme })
    await grants.grant({ roleId: role.id, userId: bob })
    await ended()
    await members.setStanding(acme, bob, 'member')
    assert.deepEqual(await ended(), [bob])
    await members.setStanding(acme, bob, 'member')
    assert.deepEqual(await ended(), [])
    await members.remove(acme, bob, { actor: `user:${bob}` })
    assert.deepEqual(await ended(), [bob])
    assert.equal((await principal(bob))?.organisations, undefined)
    assert.deepEqual(await database.read.selectFrom('role_grants').select('id').execute(), [])
    assert.equal((await refusal(members.remove(acme, bob))).status, 404)
    // Somebody without anything left costs nothing more at requests.
    const { has_roles } = await database.read
      .selectFrom('users')
      .select('has_roles')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    assert.equal(has_roles, 0)
  })

  it('does not let the last owner leave, be removed or become less', async () => {
    const { members, acme, ada, person } = await open(stage)
    const bob = await person()
    await members.add(acme, bob, 'admin')
    for (const asked of [
      async () => members.remove(acme, ada),
      async () => members.remove(acme, ada, { actor: `user:${ada}` }),
      async () => members.setStanding(acme, ada, 'admin'),
    ]) {
      const { status, message } = await refusal(asked())
      assert.deepEqual([status, message], [409, 'An organisation needs an owner. Make somebody else an owner first.'])
    }
    await members.setStanding(acme, bob, 'owner')
    await members.remove(acme, ada)
    assert.equal((await refusal(members.remove(acme, bob))).status, 409)
  })

  it('keeps an owner whatever 50 removals of the last two ask for at once', async () => {
    const opened = await open(stage)
    const { members, acme, ada, person, second } = opened
    const bob = await person()
    await members.add(acme, bob, 'owner')
    const elsewhere = (await organisationStage({ ...opened, database: second })).members
    const asked = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, turn) =>
        (turn % 3 === 0 ? elsewhere : members).remove(acme, turn % 2 === 0 ? ada : bob),
      ),
    )
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1)
    const left = await members.list(acme)
    assert.deepEqual(
      left.members.map(({ standing }) => standing),
      ['owner'],
    )
  })

  it('hands an organisation over: who owned it becomes an admin', async () => {
    const { members, acme, ada, person, events } = await open(stage)
    const [bob, eve] = [await person(), await person()]
    await members.add(acme, bob, 'member')
    assert.equal((await refusal(members.transfer(acme, bob, ada))).status, 409)
    assert.equal((await refusal(members.transfer(acme, ada, ada))).status, 409)
    assert.equal((await refusal(members.transfer(acme, ada, eve))).status, 404)
    await members.transfer(acme, ada, bob)
    assert.deepEqual(
      (await members.list(acme)).members.map(({ userId, standing }) => [userId, standing]),
      [
        [ada, 'admin'],
        [bob, 'owner'],
      ],
    )
    assert.deepEqual((await events()).slice(-2), ['organisation.standing_changed', 'organisation.standing_changed'])
  })

  it('refuses who is a member already, a standing that is none, and who is not there', async () => {
    const { members, acme, ada, person } = await open(stage)
    assert.equal((await refusal(members.add(acme, ada, 'member'))).status, 409)
    const bob = await person()
    for (const standing of ['', 'king', 'Owner']) {
      assert.equal((await refusal(members.add(acme, bob, standing as Standing))).status, 400)
      assert.equal((await refusal(members.setStanding(acme, ada, standing as Standing))).status, 400)
    }
    const gone = await person({ is_active: 0 })
    for (const id of ['', 'x', '00000000001', gone]) {
      assert.equal((await refusal(members.add(acme, id, 'member'))).status, 404)
      assert.equal((await refusal(members.setStanding(acme, id, 'member'))).status, 404)
      assert.equal((await refusal(members.add(id, bob, 'member'))).status, 404)
      assert.equal((await refusal(members.remove(id, ada))).status, 404)
    }
    assert.deepEqual(await members.of('x'), [])
    assert.deepEqual((await members.list('x')).members, [])
  })

  it('writes each change to the audit log, and tells leaving from being removed', async () => {
    const { members, acme, person, events } = await open(stage)
    const bob = await person()
    await members.add(acme, bob, 'member')
    await members.remove(acme, bob, { actor: `user:${bob}` })
    await members.add(acme, bob, 'member')
    await members.remove(acme, bob, { actor: 'user:root' })
    assert.deepEqual(await events(), [
      'organisation.created',
      'organisation.member_added',
      'organisation.member_left',
      'organisation.member_added',
      'organisation.member_removed',
    ])
  })
})

interface Opened extends OrganisationStage {
  readonly acme: string
  readonly ada: string
}

async function open(stage: () => Promise<Stage>): Promise<Opened> {
  const opened = await organisationStage(await stage())
  const ada = await opened.person({ username: 'ada' })
  const { id } = await opened.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
  return { ...opened, acme: id, ada }
}
