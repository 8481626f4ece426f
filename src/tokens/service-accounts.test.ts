import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import { formatId } from '../storage/id.ts'
import { createApiKeys } from './api-keys.ts'
import { onEachDatabase } from './databases.contract.ts'
import { createTokenFormat } from './format.ts'
import { createServiceAccounts } from './service-accounts.ts'

const by = { actor: 'user:admin' }

onEachDatabase('createServiceAccounts', (stage) => {
  it('makes, finds, changes and lists service accounts', async () => {
    const { addUser, clock, database, time } = await stage()
    const accounts = createServiceAccounts({ database, clock })
    const ownerId = formatId((await addUser()).id)
    const first = await accounts.create({ name: 'nightly' }, { by })
    assert.deepEqual(first, {
      id: first.id,
      name: 'nightly',
      ownerId: null,
      scopes: [],
      permissions: [],
      organisationId: null,
      isActive: true,
      isHeld: false,
      createdAt: time.now,
    })
    const values = { name: 'deploy', ownerId, scopes: ['read', 'write', 'read'], permissions: ['notes.add'] }
    const second = await accounts.create(values, { by })
    assert.deepEqual(second.scopes, ['read', 'write'])
    assert.deepEqual(await accounts.find(second.id), second)
    const changed = await accounts.update(second.id, { scopes: ['read'], ownerId: null }, { by })
    assert.deepEqual(changed, { ...second, scopes: ['read'], ownerId: null })
    assert.deepEqual(await accounts.list(), [changed, first])
    assert.deepEqual(await accounts.list({ ownerId }), [])
    await accounts.update(first.id, { ownerId }, { by })
    assert.deepEqual(
      (await accounts.list({ ownerId })).map(({ name }) => name),
      ['nightly'],
    )
    assert.equal(await accounts.find('nonsense'), null)
    assert.deepEqual(await accounts.list({ ownerId: 'nonsense' }), [])
  })

  it('stops its keys while it is disabled, and ends them when it is deleted [B-KEY-19]', async () => {
    const { clock, database } = await stage()
    const accounts = createServiceAccounts({ database, clock })
    const keys = createApiKeys({ database, clock, format: createTokenFormat() })
    const { id } = await accounts.create({ name: 'nightly', scopes: ['read'] }, { by })
    const { key } = await keys.create({ owner: { kind: 'service_account', id }, name: 'ci', scopes: ['read'] })
    const works = async () => (await keys.find(key, { address: null })) !== null
    assert.equal(await works(), true)
    await accounts.disable(id, { by })
    assert.equal(await works(), false)
    await accounts.enable(id, { by })
    assert.equal(await works(), true)
    await accounts.delete(id, { by })
    assert.equal(await works(), false)
    assert.equal(await accounts.find(id), null)
    const events = await database.read
      .selectFrom('audit_events')
      .select('event')
      .where('subject', '=', `service_account:${id}`)
      .execute()
    assert.deepEqual(
      events.map(({ event }) => event),
      ['created', 'disabled', 'enabled', 'deleted'].map((event) => `service_account.${event}`),
    )
  })

  it('refuses values that make no sense, and accounts that are not there', async () => {
    const { addUser, clock, database } = await stage()
    const accounts = createServiceAccounts({ database, clock })
    const inactive = formatId((await addUser({ is_active: 0 })).id)
    const bad: readonly object[] = [
      { name: '' },
      { name: 5 },
      { name: 'a', scopes: 'read' },
      { name: 'a', scopes: ['read write'] },
      { name: 'a', permissions: ['notes add'] },
      { name: 'a', permissions: { length: 1 } },
      { name: 'a', ownerId: 'nonsense' },
      { name: 'a', ownerId: 7 },
      { name: 'a', ownerId: inactive },
      { name: 'a', ownerId: formatId(database.newId()) },
    ]
    for (const values of bad) {
      await assert.rejects(accounts.create(values as { name: string }, { by }), refused(400, 'invalid'))
    }
    for (const id of ['', 'nonsense', formatId(database.newId())]) {
      await assert.rejects(accounts.update(id, { name: 'a' }, { by }), refused(404, 'not_found'))
      for (const change of [accounts.disable, accounts.enable, accounts.delete]) {
        await assert.rejects(change(id, { by }), refused(404, 'not_found'))
      }
    }
    assert.deepEqual(await accounts.list(), [])
  })
})

function refused(status: number, code: string): (error: unknown) => boolean {
  return (error) => error instanceof AuthError && error.status === status && error.code === code
}
