import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sql } from 'kysely'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from './databases.contract.ts'
import type { Stage } from './databases.contract.ts'
import { principalColumns, toPrincipal, toUser, userColumns } from './principal.ts'
import type { PrincipalColumns } from './principal.ts'

onEachDatabase('toPrincipal', (stage) => {
  it('makes a user with the permissions of their own and of their groups', async () => {
    const { addUser, addToGroup, database } = await stage()
    const { id } = await addUser({ username: 'Ann', email: 'ann@example.com', is_staff: 1, permissions: 'notes.add' })
    await addToGroup(id, 'notes.change notes.view')
    await addToGroup(id, 'notes.view')
    await addToGroup((await addUser()).id, 'notes.delete')
    const row = await database.read
      .selectFrom('users')
      .select(userColumns)
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    assert.deepEqual(toUser(row, 0), {
      kind: 'user',
      id: formatId(id),
      name: 'Ann',
      email: 'ann@example.com',
      isStaff: true,
      isSuperuser: false,
      permissions: new Set(['notes.add', 'notes.change', 'notes.view']),
    })
  })

  it('makes a service account with its scopes and the user who answers for it', async () => {
    const { addUser, addServiceAccount, database } = await stage()
    const owner = await addUser()
    const { id } = await addServiceAccount({
      name: 'nightly',
      owner_id: owner.id,
      scopes: 'read write',
      permissions: 'a.b',
    })
    assert.deepEqual(toPrincipal(await ownerRow({ database }, id), 0), {
      kind: 'service_account',
      id: formatId(id),
      name: 'nightly',
      ownerId: formatId(owner.id),
      scopes: ['read', 'write'],
      permissions: new Set(['a.b']),
    })
  })

  it('makes nobody of an inactive user or service account [B-TOK-02 B-KEY-19]', async () => {
    const { addUser, addServiceAccount, database } = await stage()
    const user = await addUser({ is_active: 0, is_superuser: 1 })
    const account = await addServiceAccount({ is_active: 0 })
    assert.equal(toPrincipal(await ownerRow({ database }, user.id), 0), null)
    assert.equal(toPrincipal(await ownerRow({ database }, account.id), 0), null)
  })

  it('makes nobody for a credential that is not from after the user signed out everywhere', async () => {
    const { addUser, database, time } = await stage()
    const user = await addUser({ signed_out_at: time.now })
    const row = await ownerRow({ database }, user.id)
    assert.equal(toPrincipal(row, time.now - 1), null)
    assert.equal(toPrincipal(row, time.now), null)
    assert.equal(toPrincipal(row, time.now + 1)?.id, formatId(user.id))
  })

  it('makes nobody where there is no owner', async () => {
    const { database } = await stage()
    assert.equal(toPrincipal(await ownerRow({ database }, database.newId()), 0), null)
  })
})

/** As a credential's query gets it: one of the two, by left joins. */
async function ownerRow({ database }: Pick<Stage, 'database'>, id: bigint): Promise<PrincipalColumns> {
  return database.read
    .selectFrom(sql<object>`(select 1 as credential)`.as('credentials'))
    .leftJoin('users', (join) => join.on('users.id', '=', id))
    .leftJoin('service_accounts', (join) => join.on('service_accounts.id', '=', id))
    .select(principalColumns)
    .executeTakeFirstOrThrow()
}
