import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSealer } from '../crypto/seal.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import type { ForeignIdentity } from './foreign-identity.ts'
import { foreignIdentity } from './identity.contract.ts'
import { createLinkedAccounts, type LinkedAccounts, type LinkedAccountsOptions } from './linked-accounts.ts'
import { readProviders } from './provider-settings.ts'

const sealer = createSealer({ secret: 's'.repeat(32) })
const providers = readProviders(
  ['acme', 'other'].map((id) => ({ id, issuer: `https://${id}.example`, clientId: 'x', signOut: id === 'other' })),
)

const identity = (subject: string, provider = 'acme'): ForeignIdentity =>
  foreignIdentity({ subject, provider, issuer: `https://${provider}.example` })

const storeOf = ({ database, clock }: Stage, more: Partial<LinkedAccountsOptions> = {}): LinkedAccounts =>
  createLinkedAccounts({ database, sealer, providers, clock, ...more })

onEachDatabase('createLinkedAccounts', (stage) => {
  it('refuses an account that is linked with somebody else, and takes the own one twice [B-SOC-07]', async () => {
    const here = await stage()
    const [ada, eve] = [formatId((await here.addUser()).id), formatId((await here.addUser()).id)]
    const linked = storeOf(here)
    await linked.link(ada, identity('1'), 'asked')
    await linked.link(ada, identity('1'), 'asked')
    await assert.rejects(linked.link(eve, identity('1'), 'asked'), { code: 'conflict' })
    assert.equal((await linked.list(ada)).length, 1)
    assert.equal((await linked.list(eve)).length, 0)
    assert.equal((await linked.find(identity('1')))?.userId, ada)
  })

  it('gives one account to one of fifty who link it at once [B-SOC-07]', async () => {
    const here = await stage()
    const ids = await Promise.all(Array.from({ length: 50 }, async () => formatId((await here.addUser()).id)))
    const linked = storeOf(here)
    const all = await Promise.allSettled(ids.map(async (id) => linked.link(id, identity('1'), 'asked')))
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of all)
      if (one.status === 'rejected') assert.equal((one.reason as { code: string }).code, 'conflict')
  })

  it('does not unlink the last way in; with a password, another account or another way it does [B-SOC-08]', async () => {
    const here = await stage()
    const user = await here.addUser()
    const id = formatId(user.id)
    const linked = storeOf(here)
    await linked.link(id, identity('1'), 'asked')
    const [first] = await linked.list(id)
    assert.equal(await linked.isLastWayIn(id, first?.id ?? ''), true)
    await assert.rejects(linked.unlink(id, first?.id ?? ''), { code: 'conflict' })

    await linked.link(id, identity('2', 'gone'), 'asked')
    await assert.rejects(linked.unlink(id, first?.id ?? ''), { code: 'conflict' }, 'of a provider that is not offered')
    await storeOf(here, { hasOtherWayIn: async (_, userId) => userId === user.id }).unlink(id, first?.id ?? '')

    await linked.link(id, identity('1'), 'asked')
    await here.setUser(user.id, { password_hash: '$argon2id$…' })
    const [, again] = await linked.list(id)
    assert.equal(await linked.isLastWayIn(id, again?.id ?? ''), false)
    await linked.unlink(id, again?.id ?? '')
    assert.equal(await linked.find(identity('1')), null)
  })

  it('leaves one of two where both are unlinked at once, on two nodes [B-SOC-08]', async () => {
    const here = await stage()
    const id = formatId((await here.addUser()).id)
    const [one, two] = [storeOf(here), storeOf({ ...here, database: here.second })]
    await one.link(id, identity('1'), 'asked')
    await one.link(id, identity('2', 'other'), 'asked')
    const [first, second] = await one.list(id)
    const all = await Promise.allSettled([one.unlink(id, first?.id ?? ''), two.unlink(id, second?.id ?? '')])
    assert.deepEqual(all.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    assert.equal((await one.list(id)).length, 1)
  })

  it('unlinks nothing of another user, and nothing that is not there', async () => {
    const here = await stage()
    const [ada, eve] = [formatId((await here.addUser()).id), formatId((await here.addUser({ password_hash: 'x' })).id)]
    const linked = storeOf(here)
    await linked.link(ada, identity('1'), 'asked')
    const [first] = await linked.list(ada)
    await assert.rejects(linked.unlink(eve, first?.id ?? ''), { code: 'not_found' })
    await assert.rejects(linked.unlink(eve, 'nonsense'), { code: 'not_found' })
    await assert.rejects(linked.link('nonsense', identity('2'), 'asked'), { code: 'not_found' })
  })

  it('keeps no token but the ID token, and that only where signing out leads to the provider [B-SOC-11]', async () => {
    const here = await stage()
    const id = formatId((await here.addUser()).id)
    const linked = storeOf(here)
    await linked.link(id, identity('1'), 'asked')
    assert.deepEqual(await linked.lastUsed(id), { provider: 'acme', idToken: null })
    await linked.link(id, identity('2', 'other'), 'asked')
    const there = await linked.find(identity('2', 'other'))
    await linked.used(there?.id ?? '', identity('2', 'other'), here.time.now)
    assert.deepEqual(await linked.lastUsed(id), { provider: 'other', idToken: 'i' })
    const stored = await here.database.read.selectFrom('linked_accounts').select('tokens').execute()
    assert.equal(stored.filter(({ tokens }) => tokens !== null).length, 1)
  })

  it('tells its user of each change by mail, in the unit that makes it', async () => {
    const here = await stage()
    const user = await here.addUser({ password_hash: 'x' })
    const id = formatId(user.id)
    const told: unknown[] = []
    const linked = storeOf(here, {
      notify: async (_, userId, kind, { actor }, { what }) => void told.push([userId, kind, actor, what]),
    })
    await linked.link(id, identity('1'), 'asked')
    await linked.link(id, identity('1'), 'asked')
    const [first] = await linked.list(id)
    await linked.unlink(id, first?.id ?? '', { actor: 'user:somebody' })
    assert.deepEqual(told, [
      [user.id, 'sign_in_linked', `user:${id}`, 'acme, ada@example.org'],
      [user.id, 'sign_in_unlinked', 'user:somebody', 'acme, ada@example.org'],
    ])
    const failing = storeOf(here, {
      notify: async () => {
        throw new Error('there is no mail')
      },
    })
    await assert.rejects(failing.link(id, identity('2'), 'asked'))
    assert.equal((await linked.list(id)).length, 0)
  })

  it('goes with its user', async () => {
    const here = await stage()
    const { id } = await here.addUser()
    await storeOf(here).link(formatId(id), identity('1'), 'asked')
    await here.database.write(async (unit) => unit.deleteFrom('users').where('id', '=', id).execute())
    assert.equal(await storeOf(here).find(identity('1')), null)
  })
})
