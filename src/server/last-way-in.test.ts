import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { enrol } from '../factors/enrolled.contract.ts'
import { addPasskeyRow } from '../factors/passkey-row.contract.ts'
import { foreignIdentity } from '../social/identity.contract.ts'
import { formatId, parseId } from '../storage/id.ts'
import { eachDatabase } from '../testing/on-postgres.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'

const settings = { signInProviders: [{ id: 'acme', issuer: 'https://acme.example', clientId: 'x' }] }

for (const [name, on] of eachDatabase) {
  it(`of a passkey and a linked account that are taken away at once, one stays: somebody gets in always (race), on ${name} [B-SOC-08]`, async () => {
    await using doorward = await createTestDoorward({ settings, ...on })
    const { database, factors, social } = doorward.instance
    const people = await Promise.all(
      Array.from({ length: 25 }, async () => {
        const user = await doorward.users.create()
        const user_id = parseId(user.id) ?? 0n
        await addPasskeyRow({ database }, user_id, 'localhost')
        await database.append({
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

for (const [name, on] of eachDatabase) {
  describe(`passkeys for a domain that the site had before, on ${name} (WebAuthn Level 3, section 13.4.9)`, () => {
    it('are no way in, and are told of as such; they go when their user wants it [B-SOC-08]', async () => {
      await using doorward = await createTestDoorward({ settings, ...on })
      const { database, factors, social } = doorward.instance
      const user = await doorward.users.create({ username: 'ada' })
      const user_id = parseId(user.id) ?? 0n
      const [stale, fresh] = [
        formatId(await addPasskeyRow({ database }, user_id, 'old.example')),
        formatId(await addPasskeyRow({ database }, user_id, 'localhost')),
      ]
      await social.linked.link(user.id, foreignIdentity(), 'asked')
      await database.write(async (unit) =>
        unit.updateTable('users').set({ password_hash: null }).where('id', '=', user_id).execute(),
      )
      const principal = { kind: 'user', id: user.id, name: 'ada' } as const
      const by = { actor: `user:${user.id}` }
      assert.deepEqual(
        (await factors.passkeys.list(user.id)).map(({ rpId, isUsable }) => [rpId, isUsable]),
        [
          ['old.example', false],
          ['localhost', true],
        ],
      )
      const refused = { code: 'conflict', message: /Remove those first/ }
      await assert.rejects(factors.changes.removePasskey(principal, fresh, by), refused)
      const [link] = await social.linked.list(user.id)
      await database.write(async (unit) => unit.deleteFrom('passkeys').where('rp_id', '=', 'localhost').execute())
      await assert.rejects(social.linked.unlink(user.id, link?.id ?? '', by), { code: 'conflict' })
      assert.equal((await factors.changes.removePasskey(principal, stale, by)).rpId, 'old.example')
    })

    it('are no second factor of somebody who has to have one', async () => {
      await using doorward = await createTestDoorward({ settings: { secondFactor: 'required' }, ...on })
      const { database, factors } = doorward.instance
      const ada = await doorward.users.create({ username: 'ada' })
      await enrol(doorward, ada)
      await addPasskeyRow({ database }, parseId(ada.id) ?? 0n, 'old.example')
      const principal = { kind: 'user', id: ada.id, name: 'ada' } as const
      const refused = { code: 'conflict', message: /has to have a second factor/ }
      await assert.rejects(factors.changes.removeApp(principal, { actor: `user:${ada.id}` }), refused)
    })
  })

  it(`one of two factors stays that are taken away at once, where their user has come to need one since they signed in (race), on ${name} [B-MFA-08]`, async () => {
    await using doorward = await createTestDoorward({ settings: { secondFactor: 'staff' }, ...on })
    const { database, factors, users, orgs } = doorward.instance
    const { id: ownerId } = await doorward.users.create()
    const acme = await orgs.organisations.create(
      { name: 'Acme', slug: 'acme', ownerId, secondFactorRequired: true },
      { actor: 'system' },
    )
    for (const index of Array.from({ length: 10 }, (_, number) => number)) {
      const user = await doorward.users.create()
      await enrol(doorward, user)
      const passkey = formatId(await addPasskeyRow({ database }, parseId(user.id) ?? 0n, 'localhost'))
      // As the request was let in: no staff, and in no organisation.
      const principal = { kind: 'user', id: user.id, name: user.username, isStaff: false } as const
      if (index % 2 === 0) await users.update(user.id, { isStaff: true })
      else await orgs.members.add(acme.id, user.id, 'member', { actor: 'system' })
      const by = { actor: `user:${user.id}` }
      const done = await Promise.allSettled([
        factors.changes.removeApp(principal, by),
        factors.changes.removePasskey(principal, passkey, by),
      ])
      assert.deepEqual(done.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'], String(index))
    }
  })
}
