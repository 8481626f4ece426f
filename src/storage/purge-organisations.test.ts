import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeDatabases, userRow } from './databases.contract.ts'
import { purge } from './purge.ts'
import { withDatabase } from './with-database.contract.ts'

const now = Date.UTC(2026, 10, 24)
const month = 30 * 86_400_000

describeDatabases('purge of what organisations leave', (start) => {
  it('deletes roles that have ended and invitations that have run out after a month, and nothing that goes on', async () => {
    await withDatabase(start, async (database) => {
      const [user_id, organisation_id] = [database.newId(), database.newId()]
      const roles = [null, now + 1, now - month, now - month - 1].map((ends_at) => ({ id: database.newId(), ends_at }))
      const organisation = { name: 'A', slug: 'a', second_factor_required: 0, longest_key_lifetime: null }
      const invitation = {
        digest: new Uint8Array(32),
        organisation_id,
        standing: 'member',
        inviter_id: null,
        as_operator: 0,
        created_at: 0,
        sent_at: 0,
        accepted_at: null,
        accepted_user_id: null,
        cancelled_at: null,
      }
      await database.append({
        users: userRow(user_id, 'ann'),
        organisations: {
          ...organisation,
          id: organisation_id,
          allowed_permissions: '',
          allowed_scopes: '',
          created_at: 0,
          suspended_at: null,
        },
        roles: roles.map(({ id }) => ({
          id,
          organisation_id: null,
          name: `r${id}`,
          description: '',
          permissions: '',
          created_at: 0,
        })),
        role_grants: roles.map(({ id, ends_at }) => ({
          id: database.newId(),
          role_id: id,
          user_id,
          organisation_id: null,
          created_at: 0,
          ends_at,
        })),
        invitations: [now - month, now - month - 1].map((expires_at, index) => ({
          ...invitation,
          id: database.newId(),
          email: `${index}@b.c`,
          email_key: `${index}@b.c`,
          expires_at,
        })),
      })
      const { role_grants, invitations } = await purge(database, { now })
      assert.deepEqual([role_grants, invitations], [1, 1])
      assert.equal((await database.read.selectFrom('role_grants').select('id').execute()).length, 3)
    })
  })
})
