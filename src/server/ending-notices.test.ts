import 'reflect-metadata'
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { describe, it } from 'node:test'
import { cryptoProvider, X509CertificateGenerator } from '@peculiar/x509'
import { openConsole } from '../admin/console.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { createEndingNotices } from './ending-notices.ts'

const day = 86_400_000
const by = { actor: 'system' }
const mailed = { smtpUrl: 'smtp://127.0.0.1:1', mailFrom: 'a@example.org' }

describe('what ends soon', () => {
  it('is told to whoever it belongs to by mail, once for each end, whichever node does it', async () => {
    await using doorward = await createTestDoorward({ settings: mailed })
    const { apiKeys, serviceAccounts, clock } = doorward.instance
    const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org' })
    const owner = { kind: 'user', id: ada.id } as const
    const { record } = await apiKeys.create({ owner, name: 'nightly', expiresAt: clock() + 40 * day })
    await apiKeys.create({ owner, name: 'for a week', expiresAt: clock() + 7 * day })
    await apiKeys.create({ owner, name: 'for good' })
    const revoked = await apiKeys.create({ owner, name: 'revoked', expiresAt: clock() + 40 * day })
    await apiKeys.revoke(revoked.record.id, { by })
    const account = await serviceAccounts.create({ name: 'deploy', ownerId: ada.id }, { by })
    await apiKeys.create({
      owner: { kind: 'service_account', id: account.id },
      name: 'ci',
      expiresAt: clock() + 40 * day,
    })
    const nobody = await doorward.users.create({ username: 'nobody' })
    await apiKeys.create({ owner: { kind: 'user', id: nobody.id }, name: 'no mail', expiresAt: clock() + 40 * day })
    const nodes = [1, 2, 3].map(() => createEndingNotices(doorward.instance))
    const send = async (): Promise<number> =>
      (await Promise.all(nodes.map(async (node) => node()))).reduce((sum, one) => sum + one, 0)
    assert.equal(await send(), 0, 'there is time')
    await doorward.clock.advance('27d')
    assert.equal(await send(), 2)
    assert.equal(await send(), 0, 'once')
    assert.deepEqual(await named(doorward), ['ci', 'nightly'])
    // Another end is another thing to be told of.
    await apiKeys.update(record.id, { expiresAt: clock() + 2 * day }, { by })
    assert.equal(await send(), 1)
  })

  it('of an application is its old secret, two days before, and its certificates and keys, two weeks before', async () => {
    await using doorward = await createTestDoorward({ settings: mailed })
    const { clock, oauth } = doorward.instance
    const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org' })
    const owner = { by, owner: ada.id }
    const web = { redirectUris: ['https://app.example/cb'], scopes: ['openid'] }
    const rolled = await oauth.clients.create({ ...web, name: 'Rolled' }, owner)
    const { client } = await oauth.clients.startSecretRotation(rolled.client.id, { by })
    assert.equal(client.credentialsEndAt, client.rotation?.endsAt)
    const jwks = { keys: [await keyWithCertificate(clock() + 30 * day)] }
    const given = { ...web, name: 'Certified', authMethod: 'self_signed_tls_client_auth', jwks } as const
    const certified = await oauth.clients.create(given, owner)
    const end = certified.client.credentialsEndAt ?? 0
    assert.ok(Math.abs(end - (clock() + 30 * day)) < 2000)
    const send = createEndingNotices(doorward.instance)
    assert.equal(await send(), 0)
    await doorward.clock.advance('6d')
    assert.equal(await send(), 1)
    await oauth.clients.finishSecretRotation(rolled.client.id, { by })
    assert.equal((await oauth.clients.find(rolled.client.id))?.credentialsEndAt, null)
    await doorward.clock.advance('11d')
    assert.equal(await send(), 1)
    assert.deepEqual(await named(doorward), ['Certified', 'Rolled'])
  })

  it('stands in the list of applications and on the overview', async () => {
    await using at = await openConsole()
    const { oauth, clock } = at.doorward.instance
    const web = { redirectUris: ['https://app.example/cb'], scopes: ['openid'] }
    const { client: rolled } = await oauth.clients.create({ ...web, name: 'Rolled' }, { by })
    await oauth.clients.create({ ...web, name: 'Steady' }, { by })
    const jwks = { keys: [await keyWithCertificate(clock() + 3 * day)] }
    await oauth.clients.create({ ...web, name: 'Certified', authMethod: 'self_signed_tls_client_auth', jwks }, { by })
    await oauth.clients.startSecretRotation(rolled.id, { by })
    assert.match((await at.root.get('/admin/')).text, /keys or certificates of 2 applications end within 14 days/)
    const { text } = await at.root.get('/admin/applications/?credentials=ending')
    assert.match(text, /Certified[^]*Soon[^]*Rolled[^]*Soon/)
    assert.doesNotMatch(text, /Steady/)
    const first = await oauth.clients.list({ endsBefore: clock() + 14 * day, limit: 1 })
    assert.deepEqual(
      first.clients.map(({ name }) => name),
      ['Certified'],
    )
    const second = await oauth.clients.list({ endsBefore: clock() + 14 * day, limit: 1, after: first.next ?? '' })
    assert.deepEqual([second.clients.map(({ name }) => name), second.next], [['Rolled'], null])
    const answer = await fetch(`${at.base}/api/admin/clients/?expires_within_days=5`, {
      headers: await at.doorward.as(at.rootUser),
    })
    const { clients } = (await answer.json()) as {
      clients: readonly { client_name: string; credentials_end_at: number }[]
    }
    assert.deepEqual(
      clients.map(({ client_name: name }) => name),
      ['Certified'],
    )
    // A week on, the old secret is nobody's trouble any more, and the certificate is over.
    await at.doorward.clock.advance('8d')
    const root = await at.signedIn(at.rootUser)
    assert.match((await root.get('/admin/applications/')).text, /Certified[^]*Ended/)
  })
})

/** What was told of by mail, by name. */
async function named({ instance }: TestDoorward): Promise<readonly string[]> {
  const mails = (await instance.mail.outbox.list()).filter(({ message }) => message.kind === 'credential_ending')
  return mails
    .map(({ message }) => /"Name","([^"]+)"/.exec(JSON.stringify(message.parts))?.[1] ?? '')
    .toSorted((a, b) => a.localeCompare(b))
}

async function keyWithCertificate(notAfter: number): Promise<Record<string, unknown>> {
  cryptoProvider.set(webcrypto as Crypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=ada',
    notBefore: new Date(0),
    notAfter: new Date(notAfter),
    signingAlgorithm: algorithm,
    keys,
  })
  const jwk = await webcrypto.subtle.exportKey('jwk', keys.publicKey)
  return { ...jwk, x5c: [Buffer.from(certificate.rawData).toString('base64')] }
}
