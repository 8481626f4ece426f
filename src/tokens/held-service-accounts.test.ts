import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from './databases.contract.ts'
import { createServiceAccountList } from './service-account-list.ts'
import { createServiceAccounts } from './service-accounts.ts'

const by = { actor: 'user:somebody' }

onEachDatabase('a service account that an administrator switched off', (stage) => {
  it('is switched on by an administrator alone, and not by whoever switches it off once more before', async () => {
    const at = await stage()
    const accounts = createServiceAccounts(at)
    const { id } = await accounts.create({ name: 'Job' }, { by })
    assert.equal((await accounts.disable(id, { by })).isHeld, false)
    assert.equal((await accounts.enable(id, { by })).isActive, true)
    const held = await accounts.disable(id, { by, asAdministrator: true })
    assert.deepEqual([held.isActive, held.isHeld], [false, true])
    await assert.rejects(accounts.enable(id, { by }), { code: 'conflict' })
    assert.equal((await accounts.disable(id, { by })).isHeld, true)
    await assert.rejects(accounts.enable(id, { by }), { code: 'conflict' })
    await assert.rejects(accounts.enable(id, { by, organisationId: formatId(1n) }), { code: 'not_found' })
    await assert.rejects(accounts.enable('nobody', { by }), { code: 'not_found' })
    // What else is changed meanwhile leaves that as it is.
    assert.equal((await accounts.update(id, { name: 'Another' }, { by })).isHeld, true)
    const on = await accounts.enable(id, { by, asAdministrator: true })
    assert.deepEqual([on.isActive, on.isHeld], [true, false])
    assert.equal((await accounts.disable(id, { by })).isHeld, false)
  })

  it('is an orphan where nobody answers for it who is there and active', async () => {
    const at = await stage()
    const list = createServiceAccountList(at.database)
    const [ada, gone] = [await at.addUser(), await at.addUser({ is_active: 0 })]
    await at.addServiceAccount({ name: 'kept', owner_id: ada.id })
    await at.addServiceAccount({ name: 'left', owner_id: gone.id })
    await at.addServiceAccount({ name: 'nobody', owner_id: null })
    const names = async (filter: Parameters<typeof list>[0]) =>
      (await list(filter)).items.map(({ name }) => name).toSorted()
    assert.deepEqual(await names({ isOrphan: true }), ['left', 'nobody'])
    assert.deepEqual(await names({}), ['kept', 'left', 'nobody'])
    assert.deepEqual(await names({ ownerId: null }), ['nobody'])
  })
})
