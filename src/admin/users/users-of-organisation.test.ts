import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createUserList } from '../../accounts/user-list.ts'
import { describeDatabases } from '../../storage/databases.contract.ts'
import { withDatabase } from '../../storage/with-database.contract.ts'
import { createTestDoorward } from '../../testing/test-doorward.ts'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

const by = { actor: 'system' }

it('shows in the list of users who belongs where, and narrows it to an organisation', async () => {
  await using at = await openConsole()
  const { organisations, members } = at.doorward.instance.orgs
  const of = async (slug: string, name: string): Promise<string> =>
    (await organisations.create({ slug, name, ownerId: at.ada.id }, by)).id
  const acme = await of('acme', 'Acme <b>')
  await of('beta', 'Beta')
  await of('gamma', 'Gamma')
  await members.add(acme, at.staffUser.id, 'member', by)
  const namesIn = async (query: string): Promise<readonly (string | undefined)[]> => {
    const { status, text } = await at.root.get(`/admin/users/?${query}`)
    assert.equal(status, 200)
    return [...text.matchAll(/<th scope="row"[^>]*>[^]*?<a href="[^"]*"><bdi>([^<]*)/g)].map(([, name]) => name)
  }
  assert.deepEqual(await namesIn('organisation=acme'), ['ada', 'grace'])
  assert.deepEqual(await namesIn(`organisation=${acme}`), ['ada', 'grace'])
  assert.deepEqual(await namesIn('organisation=acme&role=staff'), ['grace'])
  assert.deepEqual(await namesIn('organisation=beta&search=ad'), ['ada'])
  assert.deepEqual(await namesIn('organisation=nowhere'), [])
  const { text } = await at.root.get('/admin/users/?organisation=beta')
  assert.match(text, /Acme &lt;b&gt;[^]*Beta[^]*and 1 more/)
  const file = await at.root.get('/admin/users/export/?organisation=acme&format=csv')
  assert.equal(file.text.trim().split('\n').length, 3)
})

it('tells the same by JSON', async () => {
  await using stage = await adminStage()
  const { call, staff, user, doorward } = stage
  await doorward.instance.orgs.organisations.create({ slug: 'acme', name: 'Acme', ownerId: user.id }, by)
  const { json } = await call(staff, 'GET', 'users/?organisation=acme')
  assert.deepEqual(
    (json['users'] as readonly { readonly id: string }[]).map(({ id }) => id),
    [user.id],
  )
  const [one] = (await call(staff, 'GET', `users/${user.id}/organisations/`)).json[
    'organisations'
  ] as readonly Readonly<Record<string, unknown>>[]
  assert.deepEqual(
    { slug: one?.['slug'], standing: one?.['standing'], is_suspended: one?.['is_suspended'] },
    { slug: 'acme', standing: 'owner', is_suspended: false },
  )
  assert.equal((await call(staff, 'GET', 'users/nobody/organisations/')).status, 404)
  assert.deepEqual((await call(staff, 'GET', `users/${staff.id}/organisations/`)).json, { organisations: [] })
})

describeDatabases('Users of an organisation', (start) => {
  it('are read page by page, also those of a group alone', async () => {
    await withDatabase(start, async (database) => {
      const doorward = await createTestDoorward({
        openDatabase: async () => ({ ...database, close: async () => undefined }),
      })
      const { instance } = doorward
      const root = await instance.users.create({ username: 'root' })
      const { id } = await instance.orgs.organisations.create({ slug: 'acme', name: 'Acme', ownerId: root.id }, by)
      const group = await instance.groups.create({ name: 'editors' }, by)
      for (let turn = 0; turn < 7; turn += 1) {
        const user = await instance.users.create({ username: `user${turn}` })
        if (turn > 0) await instance.orgs.members.add(id, user.id, 'member', by)
        if (turn % 2 === 0) await instance.groups.add(group.id, user.id, by)
      }
      const list = createUserList(database)
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await list({ organisation: 'acme', limit: 3, ...(after === undefined ? {} : { after }) })
        seen.push(...page.users.map(({ username }) => username))
        after = page.next ?? undefined
      } while (after !== undefined)
      assert.deepEqual(seen, ['user6', 'user5', 'user4', 'user3', 'user2', 'user1', 'root'])
      const both = await list({ organisation: 'acme', group: group.id })
      assert.deepEqual(
        both.users.map(({ username }) => username),
        ['user6', 'user4', 'user2'],
      )
      await doorward.close()
    })
  })
})
