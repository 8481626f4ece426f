import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseId } from '../storage/id.ts'
import { eachDatabase } from '../testing/on-postgres.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'

const settings = { signInProviders: [{ id: 'acme', issuer: 'https://acme.example', clientId: 'x' }] }

for (const [name, on] of eachDatabase) {
  it(`of a passkey and a linked account that are taken away at once, one stays: somebody gets in always (race), on ${name} [B-SOC-08]`, async () => {
    await using doorward = await createTestDoorward({ settings, ...on })
    const { database, factors, social } = doorward.instance
    const people = await Promise.all(
      Array.from({ length: 25 }, async (_, index) => {
        const user = await doorward.users.create()
        const user_id = parseId(user.id) ?? 0n
        const passkeyId = database.newId()
        const bytes = Uint8Array.from({ length: 16 }, () => index)
        await database.append({
          passkeys: {
            id: passkeyId,
            user_id,
            credential_id: bytes,
            public_key: bytes,
            sign_count: 0,
            transports: '',
            is_synced: 0,
            aaguid: '',
            rp_id: 'localhost',
            name: 'key',
            created_at: 0,
            last_used_at: null,
          },
          linked_accounts: {
            id: database.newId(),
            user_id,
            provider: 'acme',
            issuer: 'https://acme.example',
            subject: user.id,
            email: null,
            name: null,
            created_at: 0,
            last_used_at: null,
            refreshing_until: null,
            tokens: null,
          },
        })
        await database.write(async (unit) =>
          unit.updateTable('users').set({ password_hash: null }).where('id', '=', user_id).execute(),
        )
        return user
      }),
    )
    await Promise.all(
      people.map(async (user) => {
        const by = { actor: `user:${user.id}` }
        const [passkey] = await factors.passkeys.list(user.id)
        const [link] = await social.linked.list(user.id)
        const principal = { kind: 'user', id: user.id, name: user.username, email: null } as const
        const done = await Promise.allSettled([
          factors.changes.removePasskey({ ...principal, permissions: new Set() }, passkey?.id ?? '', by),
          social.linked.unlink(user.id, link?.id ?? '', by),
        ])
        assert.deepEqual(done.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
      }),
    )
  })
}
