import assert from 'node:assert/strict'
import { it } from 'node:test'
import { clientRow, userRow } from '../storage/databases.contract.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createGrants } from './grants.ts'
import { createGrantUses } from './grant-uses.ts'

const noon = Date.UTC(2026, 4, 1, 12)

onEachDatabase('createGrantUses', (stage) => {
  async function withGrant() {
    const { database } = await stage()
    const [client, user] = [database.newId(), database.newId()]
    await database.append({ clients: clientRow(client), users: userRow(user, 'ada') })
    const revocations = { revoke: async () => undefined }
    const grants = createGrants({ database, revocations, accessLifetime: 0, clock: () => noon })
    const add = async (): Promise<bigint> => {
      const row = grants.make({
        clientKey: client,
        userId: user,
        signInId: null,
        scopes: [],
        resources: [],
        isOffline: true,
        expiresAt: noon * 2,
        detail: { by: 'authorization_code' },
      })
      await database.append({ grants: row })
      return row.id
    }
    const lastUse = async (id: bigint): Promise<number | null> => {
      const query = database.read.selectFrom('grants').select('last_used_at').where('id', '=', id)
      return (await query.executeTakeFirstOrThrow()).last_used_at
    }
    return { database, add, lastUse }
  }

  it('writes when a grant was last used, later, and to the minute', async () => {
    const { database, add, lastUse } = await withGrant()
    const [id, other] = [await add(), await add()]
    let now = noon + 59_999
    const uses = createGrantUses({ database, clock: () => now })
    uses.used(id, noon)
    uses.used(null, null)
    await uses.close()
    assert.equal(await lastUse(id), noon, 'within the minute there is nothing to write')

    const late = createGrantUses({ database, clock: () => now })
    now = noon + 60_000
    late.used(id, noon)
    assert.equal(await lastUse(id), noon, 'nothing is written on the way')
    now = noon + 70_000.5
    late.used(id, noon)
    await late.close()
    assert.equal(await lastUse(id), noon + 70_000)
    assert.equal(await lastUse(other), noon)
  })

  it('never goes back, whatever process writes last, and minds no grant that is gone', async () => {
    const { database, add, lastUse } = await withGrant()
    const id = await add()
    const [early, late] = [300_000, 600_000].map((after) => createGrantUses({ database, clock: () => noon + after }))
    early?.used(id, noon)
    late?.used(id, null)
    late?.used(1n, null)
    await Promise.all([late?.close(), early?.close()])
    assert.equal(await lastUse(id), noon + 600_000)
  })
})
