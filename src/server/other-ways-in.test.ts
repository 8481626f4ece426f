import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createByPasskeyOrMail, createByProvider } from './other-ways-in.ts'
import { readSettings } from './settings.ts'

const provider = { id: 'acme', issuer: 'https://acme.example', clientId: 'x' }

async function link({ database }: Stage, user_id: bigint, name: string): Promise<void> {
  const row = {
    provider: name,
    issuer: '',
    subject: name,
    email: null,
    name: null,
    last_used_at: null,
    refreshing_until: null,
    tokens: null,
  }
  await database.append({ linked_accounts: { ...row, id: database.newId(), user_id, created_at: 0 } })
}

onEachDatabase('another way in', (stage) => {
  it('is an account elsewhere, of a provider that is offered [B-SOC-08]', async () => {
    const here = await stage()
    const { id } = await here.addUser()
    const offered = createByProvider(readSettings({ signInProviders: [provider] }))
    const none = createByProvider(readSettings({}))
    await link(here, id, 'gone')
    assert.equal(await offered(here.database.read, id), false)
    await link(here, id, 'acme')
    assert.equal(await offered(here.database.read, id), true)
    assert.equal(await none(here.database.read, id), false)
    assert.equal(await offered(here.database.read, (await here.addUser()).id), false)
  })

  it('is a passkey, and a code by mail where there are such codes and the address is verified [B-SOC-08]', async () => {
    const here = await stage()
    const { database } = here
    const verified = { email: 'a@example.org', email_key: 'a@example.org', email_verified: 1 }
    const [plain, ada] = [(await here.addUser()).id, (await here.addUser(verified)).id]
    const [without, withCodes] = [false, true].map((emailCodes) => createByPasskeyOrMail({ emailCodes }))
    assert.equal(await without?.(database.read, ada), false)
    assert.equal(await withCodes?.(database.read, ada), true)
    assert.equal(await withCodes?.(database.read, plain), false)
    const bytes = new Uint8Array(16)
    await database.append({
      passkeys: {
        id: database.newId(),
        user_id: plain,
        credential_id: bytes,
        public_key: bytes,
        sign_count: 0,
        transports: '',
        is_synced: 0,
        aaguid: '',
        rp_id: 'id.example',
        name: 'key',
        created_at: 0,
        last_used_at: null,
      },
    })
    assert.equal(await without?.(database.read, plain), true)
  })
})
