import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createUserList } from '../../accounts/user-list.ts'
import { describeDatabases, userRow } from '../../storage/databases.contract.ts'
import { withDatabase } from '../../storage/with-database.contract.ts'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

describe('where accounts come from (A3)', () => {
  it('is kept of each, narrows the list, and stands with the user and in the file', async () => {
    await using at = await openConsole({ settings: { signUp: 'open' } })
    const { instance } = at.doorward
    await instance.byMail.signUps.signUp({
      email: 'eve@example.org',
      password: 'correct horse battery',
      username: 'eve',
    })
    await instance.usersByName.create('proxied')
    await instance.users.create({ username: 'taken-over', source: 'import' })
    const namesIn = async (query: string): Promise<readonly (string | undefined)[]> => {
      const { status, text } = await at.root.get(`/admin/users/?${query}`)
      assert.equal(status, 200)
      return [...text.matchAll(/<th scope="row"[^>]*>[^]*?<a href="[^"]*"><bdi>([^<]*)/g)].map(([, name]) => name)
    }
    assert.deepEqual(await namesIn('source=sign_up'), ['eve@example.org'])
    assert.deepEqual(await namesIn('source=service'), ['proxied'])
    assert.deepEqual(await namesIn('source=import'), ['taken-over'])
    assert.deepEqual(await namesIn('source=made&role=superuser'), ['root'])
    assert.deepEqual(await namesIn('source=invitation'), [])
    assert.deepEqual(await namesIn('source=%27%3B--'), [])
    assert.match((await at.root.get(`/admin/users/${at.ada.id}/`)).text, /Made by an administrator or a command/)
    const file = await at.root.get('/admin/users/export/?source=import&format=csv')
    const [heads, row] = file.text.split('\r\n')
    assert.deepEqual([heads?.endsWith(',source'), row?.endsWith(',import')], [true, true])
    assert.equal(file.text.trim().split('\n').length, 2)
  })

  it('is told by JSON, and looked for there', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser, doorward } = stage
    const { status } = await call(superuser, 'POST', 'users/import/', { users: [{ username: 'old-hand' }] })
    assert.equal(status, 200)
    await doorward.instance.users.create({ username: 'gina', source: 'provider:google' })
    const found = async (source: string): Promise<unknown> => {
      const { json } = await call(staff, 'GET', `users/?source=${source}`)
      const users = json['users'] as readonly { readonly username: string; readonly source: string }[]
      return users.map((one) => [one.username, one.source])
    }
    assert.deepEqual(await found('import'), [['old-hand', 'import']])
    assert.deepEqual(await found('provider:google'), [['gina', 'provider:google']])
    assert.deepEqual(await found('provider:acme'), [])
    for (const source of ['nowhere', 'provider:', '']) {
      assert.equal((await call(staff, 'GET', `users/?source=${source}`)).status, 400, source)
    }
  })
})

describeDatabases('createUserList', (start) => {
  it('narrows to a source page by page, in the order of its index', async () => {
    await withDatabase(start, async (database) => {
      const list = createUserList(database)
      const ids = Array.from({ length: 30 }, () => database.newId())
      await database.append({
        users: ids.map((id, turn) => ({
          ...userRow(id, `user${turn}`),
          source: turn % 3 === 0 ? 'import' : 'sign_up',
        })),
      })
      const names: string[] = []
      let after: string | undefined
      do {
        const { users, next } = await list({ source: 'import', limit: 4, ...(after === undefined ? {} : { after }) })
        names.push(...users.map(({ username }) => username))
        after = next ?? undefined
      } while (after !== undefined)
      assert.deepEqual(
        names,
        [27, 24, 21, 18, 15, 12, 9, 6, 3, 0].map((turn) => `user${turn}`),
      )
    })
  })
})
