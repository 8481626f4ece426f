import assert from 'node:assert/strict'
import { it } from 'node:test'
import { addPasskeyRow } from '../factors/passkey-row.contract.ts'
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

const withMail = { smtpUrl: 'smtp://mail.example', mailFrom: 'id@example.org', secret: 'x'.repeat(43) }

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
    const [without, withCodes] = [false, true].map((emailCodes) =>
      createByPasskeyOrMail(readSettings({ emailCodes, publicUrl: 'https://id.example', ...withMail })),
    )
    assert.equal(await without?.(database.read, ada), false)
    assert.equal(await withCodes?.(database.read, ada), true)
    assert.equal(await withCodes?.(database.read, plain), false)
    // One for another domain, as the site may have had before, lets nobody in (WebAuthn Level 3, section 13.4.9).
    await addPasskeyRow(here, plain, 'old.example')
    assert.equal(await without?.(database.read, plain), false)
    await addPasskeyRow(here, plain, 'id.example')
    assert.equal(await without?.(database.read, plain), true)
  })
})
