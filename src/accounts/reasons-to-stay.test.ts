import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { reasonsToStay } from './reasons-to-stay.ts'
import { createUsers } from './users.ts'

const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })

onEachDatabase('what keeps a superuser from deleting their account', (stage) => {
  it('is told beforehand exactly where the deletion would be refused: one for a while is not the last, and replaces nobody', async () => {
    const at = await stage()
    const { database, clock, addUser, setUser } = at
    const users = createUsers({ ...at, hasher })
    const root = await addUser({ is_superuser: 1 })
    const guest = await addUser({ is_superuser: 1, superuser_until: clock() + 1000 })
    assert.match((await reasonsToStay(database, root.id))[0] ?? '', /last active superuser/)
    assert.deepEqual(await reasonsToStay(database, guest.id), [])
    await assert.rejects(users.delete(formatId(root.id)), { code: 'conflict' })
    await users.delete(formatId(guest.id))
    const second = await addUser({ is_superuser: 1 })
    assert.deepEqual(await reasonsToStay(database, root.id), [])
    await setUser(second.id, { is_active: 0 })
    assert.equal((await reasonsToStay(database, root.id)).length, 1)
    await setUser(root.id, { is_superuser: 0 })
    assert.deepEqual(await reasonsToStay(database, root.id), [])
  })
})
