import assert from 'node:assert/strict'
import { it } from 'node:test'
import { addPartitions } from './partitions.ts'
import { clientRow, describeDatabases, userRow } from './databases.contract.ts'
import { purge } from './purge.ts'
import type { Schema } from './schema.ts'
import { withDatabase } from './with-database.contract.ts'

const now = Date.UTC(2026, 10, 24)
const day = 86_400_000

describeDatabases('purge of what the authorization server writes', (start) => {
  it('deletes what has expired', async () => {
    await withDatabase(
      start,
      async (database) => {
        const [user_id, client_id] = [database.newId(), database.newId()]
        const [over, live] = [database.newId(), database.newId()]
        const digest = new Uint8Array(32)
        const row = () => ({ id: database.newId(), digest, created_at: 0 })
        const grant = (id: bigint, expires_at: number): Schema['grants'] => ({
          id,
          client_id,
          user_id,
          sign_in_id: null,
          scopes: '',
          resources: '',
          is_offline: 1,
          created_at: 0,
          expires_at,
          revoked_at: null,
          revoked_for: null,
          last_used_at: null,
          organisation_id: null,
          detail: '{}',
        })
        const refresh = { confirmation: null, spent_at: null, next_id: null, asked_by: null, answer: null }
        const access = { client_id, user_id, scopes: '', audience: '', confirmation: null, actor: null }
        const code = { redirect_uri: null, code_challenge: null, dpop_jkt: null, spent_at: 1 }
        const device = { client_id, scopes: '', resources: '', status: 'spent', grant_id: null, pace: 5 }
        const pushed = { client_id, parameters: '{}', begun_at: null, spent_at: null }
        const notice = { client_id, subject: '', sid: null, attempts: 0, next_attempt_at: 0 }
        await database.append({
          users: userRow(user_id, 'ann'),
          clients: clientRow(client_id),
          grants: [grant(over, now - 1), grant(live, now)],
          grant_tokens: [
            { ...row(), ...refresh, grant_id: over, expires_at: now - 1 },
            { ...row(), ...refresh, grant_id: live, expires_at: now },
            { ...row(), ...refresh, grant_id: live, expires_at: now - 1 },
          ],
          access_tokens: [now - 1, now].map((expires_at) => ({ ...row(), ...access, grant_id: live, expires_at })),
          authorization_codes: [now - day - 1, now - day].map((expires_at) => {
            return { ...row(), ...code, grant_id: live, expires_at }
          }),
          device_codes: [now - day - 1, now - day].map((expires_at) => {
            return {
              ...row(),
              ...device,
              user_code: digest,
              asked_at: null,
              address: null,
              organization: null,
              expires_at,
            }
          }),
          pushed_requests: [now - 1, now].map((expires_at) => ({ ...row(), ...pushed, expires_at })),
          registration_tokens: [now - 1, now, null].map((expires_at) => {
            return { ...row(), name: '', uses_left: null, expires_at }
          }),
          logout_notices: [now - 1, now].map((expires_at) => ({ id: database.newId(), ...notice, expires_at })),
        })
        const counts = await purge(database, { now })
        const ours = Object.keys(counts).filter((name) => name in wanted)
        // On PostgreSQL, tokens go with the part of their day.
        const parted = database.dialect === 'sqlite' ? {} : { access_tokens: 0, grant_tokens: 0 }
        assert.deepEqual(Object.fromEntries(ours.map((name) => [name, counts[name]])), { ...wanted, ...parted })
        const grants = await database.read.selectFrom('grants').select('id').orderBy('id').execute()
        assert.deepEqual(grants, [{ id: live }])
      },
      { clock: () => now - 30 * day },
    )
  })

  it('deletes clients that registered by themselves and that nobody uses, and no others', async () => {
    await withDatabase(start, async (database) => {
      const old = now - 90 * day - 1
      const digest = new Uint8Array(32)
      const user = database.newId()
      const own = { source: 'dynamic', grant_types: 'authorization_code', created_at: old, updated_at: old }
      const clients: Readonly<Record<string, Partial<Schema['clients']>>> = {
        'never used': {},
        'its secret never': { auth_method: 'client_secret_basic', is_confidential: 1, secret_digest: digest },
        'its secret long ago': { secret_digest: digest, secret_last_used_at: old, grant_types: 'client_credentials' },
        'its secret lately': { secret_digest: digest, secret_last_used_at: now - 90 * day },
        'its next secret lately': { secret_digest: digest, next_secret_last_used_at: now },
        'changed lately': { updated_at: now - 90 * day },
        'by hand': { source: 'manual' },
        'by a document': { source: 'document', fresh_until: now },
        'switched off': { is_active: 0 },
        'of somebody': { owner_id: user },
        'acts by a key': { auth_method: 'private_key_jwt', grant_types: 'client_credentials' },
        'has a grant': {},
        'has a consent': {},
        'a device waits': {},
      }
      const ids = new Map(Object.keys(clients).map((name) => [name, database.newId()]))
      const idOf = (name: string): bigint => ids.get(name) ?? 0n
      await database.append({
        users: userRow(user, 'ann'),
        clients: Object.entries(clients).map(([name, columns]) => ({
          ...clientRow(idOf(name)),
          ...own,
          identifier: name,
          name,
          ...columns,
        })),
        grants: {
          id: database.newId(),
          client_id: idOf('has a grant'),
          user_id: user,
          sign_in_id: null,
          scopes: '',
          resources: '',
          is_offline: 1,
          created_at: old,
          expires_at: now,
          revoked_at: null,
          revoked_for: null,
          last_used_at: null,
          organisation_id: null,
          detail: '{}',
        },
        device_codes: {
          id: database.newId(),
          digest,
          user_code: digest,
          client_id: idOf('a device waits'),
          scopes: '',
          resources: '',
          status: 'waiting',
          grant_id: null,
          pace: 5,
          organization: null,
          asked_at: null,
          address: null,
          created_at: now,
          expires_at: now,
        },
      })
      const consent = { user_id: user, client_id: idOf('has a consent'), scopes: '', resources: '' }
      await database.write(async (unit) =>
        unit
          .insertInto('consents')
          .values({ ...consent, everywhere: 1, created_at: old, updated_at: old })
          .execute(),
      )
      const left = async (): Promise<readonly string[]> =>
        (await database.read.selectFrom('clients').select('name').execute()).map(({ name }) => name)
      await purge(database, { now })
      assert.equal((await left()).length, Object.keys(clients).length, 'only where somebody asks for it')
      // In batches of one, and by several at once.
      const runs = Array.from({ length: 3 }, async () =>
        purge(database, { now, keepUnusedClients: 90 * day, batch: 1, pause: 0 }),
      )
      const gone = ['never used', 'its secret never', 'its secret long ago']
      const counts = (await Promise.all(runs)).map((counted) => counted['clients'] ?? 0)
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        gone.length,
      )
      assert.deepEqual(
        (await left()).toSorted(),
        Object.keys(clients)
          .filter((name) => !gone.includes(name))
          .toSorted(),
      )
      const events = await database.read
        .selectFrom('audit_events')
        .selectAll()
        .where('event', '=', 'client.deleted')
        .execute()
      assert.deepEqual(events.map(({ subject }) => subject).toSorted(), gone.map((name) => `client:${name}`).toSorted())
    })
  })

  it('drops whole days of tokens on PostgreSQL, once none of them is alive', async () => {
    await withDatabase(
      start,
      async (database) => {
        if (database.dialect === 'sqlite') return
        await addPartitions(database, now)
        const token = {
          digest: new Uint8Array(32),
          client_id: 1n,
          user_id: null,
          grant_id: null,
          scopes: '',
          audience: '',
          confirmation: null,
          actor: null,
          created_at: now,
        }
        await database.append({ access_tokens: { ...token, id: database.newId(), expires_at: now + 2 * day } })
        const left = async (): Promise<number> =>
          (await database.read.selectFrom('access_tokens').select('id').execute()).length
        await purge(database, { now: now + 2 * day })
        assert.equal(await left(), 1)
        await purge(database, { now: now + 2 * day + 1 })
        assert.equal(await left(), 0)
      },
      { clock: () => now },
    )
  })
})

const wanted = {
  access_tokens: 1,
  grant_tokens: 2,
  authorization_codes: 1,
  device_codes: 1,
  grants: 1,
  pushed_requests: 1,
  registration_tokens: 1,
  logout_notices: 1,
}
