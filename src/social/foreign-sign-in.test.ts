import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSealer } from '../crypto/seal.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createForeignSignIn, type ForeignSignIn } from './foreign-sign-in.ts'
import { foreignIdentity } from './identity.contract.ts'
import { createLinkedAccounts, type LinkedAccounts } from './linked-accounts.ts'
import { type ProviderSettings, readProviders } from './provider-settings.ts'

const sealer = createSealer({ secret: 's'.repeat(32) })

function stores(
  { database, clock }: Stage,
  more: object = {},
): {
  foreign: ForeignSignIn
  linked: LinkedAccounts
  provider: ProviderSettings
} {
  const providers = readProviders([
    { id: 'acme', issuer: 'https://acme.example', clientId: 'x', createAccounts: true, ...more },
  ])
  const linked = createLinkedAccounts({ database, sealer, providers, clock })
  const foreign = createForeignSignIn({ database, linked, ruleEffects: async () => undefined, clock })
  return { foreign, linked, provider: providers[0] as ProviderSettings }
}

onEachDatabase('createForeignSignIn', (stage) => {
  it('makes one account of somebody new who comes fifty times at once, on two nodes [RP05]', async () => {
    const here = await stage()
    const one = stores(here)
    const two = stores({ ...here, database: here.second })
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        (index % 2 === 0 ? one : two).foreign.resolve(foreignIdentity(), one.provider, here.time.now, {}),
      ),
    )
    const ids = new Set(outcomes.map((outcome) => (outcome.kind === 'found' ? outcome.user.id : outcome.kind)))
    assert.equal(ids.size, 1)
    const rows = await here.database.read.selectFrom('users').select(['email', 'password_hash']).execute()
    assert.deepEqual(rows, [{ email: 'ada@example.org', password_hash: null }])
    assert.equal((await here.database.read.selectFrom('linked_accounts').select('id').execute()).length, 1)
  })

  it('gives one address to one of two who come with it at once, and tells the other [RP06 B-SOC-14]', async () => {
    const here = await stage()
    const { foreign, provider } = stores(here)
    const outcomes = await Promise.all(
      ['1', '2'].map(async (subject) => foreign.resolve(foreignIdentity({ subject }), provider, here.time.now, {})),
    )
    assert.deepEqual(outcomes.map(({ kind }) => kind).toSorted(), ['clash', 'found'])
  })

  it('writes down when somebody was last here, for them and for the provider', async () => {
    const here = await stage()
    const { foreign, linked, provider } = stores(here)
    await foreign.resolve(foreignIdentity(), provider, here.time.now, {})
    here.time.now += 1000
    await foreign.resolve(foreignIdentity(), provider, here.time.now, {})
    const [user] = await here.database.read.selectFrom('users').select('last_login_at').execute()
    assert.equal(user?.last_login_at, here.time.now)
    assert.deepEqual([...(await linked.countsOf())], [['acme', { count: 1, lastUsedAt: here.time.now }]])
  })

  it('finds nobody by a username that is an address, and lets nobody prove that such an account is theirs [RP05]', async () => {
    const here = await stage()
    const { foreign, provider } = stores(here, { linkByEmail: true })
    // As imported data may have it: a username with an @ that is not the user's own address.
    await here.addUser({ username: 'ada@example.org', username_key: 'ada@example.org' })
    const outcome = await foreign.resolve(foreignIdentity(), provider, here.time.now, {})
    assert.deepEqual(outcome, { kind: 'clash', userId: null })
  })

  it('links no account that is switched off, by its address alone [RP06]', async () => {
    const here = await stage()
    const { foreign, linked, provider } = stores(here, { linkByEmail: true })
    const address = { email: 'ada@example.org', email_key: 'ada@example.org', email_verified: 1 }
    const { id } = await here.addUser({ ...address, is_active: 0 })
    const outcome = await foreign.resolve(foreignIdentity(), provider, here.time.now, {})
    assert.equal(outcome.kind, 'clash')
    assert.deepEqual(await linked.list(formatId(id)), [])
  })

  it('lets nobody in whose sign-in began before everything of theirs was signed out', async () => {
    const here = await stage()
    const { foreign, provider } = stores(here)
    await foreign.resolve(foreignIdentity(), provider, here.time.now, {})
    const began = here.time.now
    here.time.now += 1000
    const [user] = await here.database.read.selectFrom('users').select('id').execute()
    await here.setUser(user?.id ?? 0n, { signed_out_at: here.time.now })
    assert.equal((await foreign.resolve(foreignIdentity(), provider, began, {})).kind, 'inactive')
    assert.equal((await foreign.resolve(foreignIdentity(), provider, here.time.now + 1, {})).kind, 'found')
  })

  it('makes up a name for whoever has no address here, and never one that is taken', async () => {
    const here = await stage()
    const { foreign, provider } = stores(here)
    const nameOf = async (subject: string, handle: string | null): Promise<string> => {
      const identity = foreignIdentity({ subject, handle, email: null, emailVerified: false })
      const outcome = await foreign.resolve(identity, provider, here.time.now, {})
      return outcome.kind === 'found' ? outcome.user.name : outcome.kind
    }
    assert.equal(await nameOf('1', 'grace'), 'grace')
    assert.match(await nameOf('2', 'GRACE'), /^GRACE-[0-9a-z]{6}$/)
    assert.match(await nameOf('3', 'root@example.org'), /^rootexample\.org$/)
    assert.match(await nameOf('4', '\u202e💥'), /^acme-[0-9a-z]{6}$/)
    assert.match(await nameOf('5', null), /^acme-[0-9a-z]{6}$/)
  })
})
