import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { columns } from '../storage/columns.ts'
import { openSite, providerAt, visitor } from './social.contract.ts'
import { signed, startStandIn } from './stand-in.contract.ts'

describe('secrets of signing in elsewhere', () => {
  it('stand in no log line, page or audit event, whatever goes wrong', async () => {
    const acme = await startStandIn()
    const lines: string[] = []
    const site = await openSite({ settings: { signInProviders: [providerAt(acme, { storeTokens: true })] }, lines })
    acme.clock = () => site.time.now
    const secrets = new Set<string>(['a secret of it'])
    const pages: string[] = []
    const honest = acme.sign
    const turns: (() => void)[] = [
      () => undefined,
      () =>
        (acme.sign = async (issuing) => signed({ ...issuing, claims: { ...issuing.claims, nonce: 'x' } }, acme.key)),
      () => (acme.sign = async (issuing) => `${await honest(issuing)}x`),
      () => (acme.sign = async () => 'no token'),
      () => (acme.answer = (sent) => sent.set('iss', 'https://evil.example')),
      () => (acme.answer = (sent) => sent.set('code', 'a made up code')),
      () => (acme.answer = (sent) => sent.set('error', 'server_error')),
    ]
    for (const turn of turns) {
      acme.answer = () => undefined
      acme.sign = honest
      turn()
      const sign = acme.sign
      acme.sign = async (issuing) => {
        secrets.add(issuing.accessToken)
        const token = await sign(issuing)
        if (token.length > 20) secrets.add(token)
        return token
      }
      const who = visitor()
      pages.push((await who.continueWith(site, 'acme')).text)
      secrets.add(who.cookies(site.base).get('provider_sign_in') ?? '?')
    }
    for (const asked of acme.asked) for (const name of ['state', 'nonce']) secrets.add(asked.get(name) ?? '?')
    for (const { body } of acme.traded) for (const name of ['code', 'code_verifier']) secrets.add(body.get(name) ?? '?')
    assert.ok(secrets.size > 30)
    assert.equal(
      lines.filter((line) => line.includes('a sign-in with a provider was refused')).length,
      turns.length - 1,
    )
    const events = await site.instance.database.read.selectFrom('audit_events').selectAll().execute()
    const written = [
      ...lines,
      ...pages,
      ...events.map((event) => JSON.stringify({ ...event, id: '', chain_id: '' })),
    ].join('\n')
    for (const secret of secrets) assert.ok(!written.includes(secret), secret)
  })

  it('are kept from the log, and the reason by which a provider refuses is not, for it tells what to mend', async () => {
    const acme = await startStandIn()
    const lines: string[] = []
    const site = await openSite({ settings: { signInProviders: [providerAt(acme)] }, lines })
    acme.intercept = async ({ url = '' }, response) => {
      if (!url.startsWith('/token')) return false
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end('{"error":"invalid_client","error_description":"The secret has expired.\\nmore"}')
      return true
    }
    const page = await visitor().continueWith(site, 'acme')
    assert.equal(page.status, 400)
    assert.doesNotMatch(page.text, /expired|invalid_client/)
    const line = lines.find((one) => one.includes('a sign-in with a provider was refused')) ?? ''
    assert.match(line, /invalid_client The secret has expired\.\?more/)
  })

  it('lie in the database as digests and sealed, if at all', async () => {
    const acme = await startStandIn()
    const site = await openSite({
      settings: { signInProviders: [providerAt(acme, { storeTokens: true, signOut: true })] },
    })
    acme.clock = () => site.time.now
    const who = visitor()
    await who.continueWith(site, 'acme')
    who.stopAt = `${site.base}/accounts/social/acme/callback/`
    await who.continueWith(site, 'acme', '?fresh=1')
    const all: string[] = []
    for (const table of Object.keys(columns)) {
      const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(
        site.instance.database.read,
      )
      for (const row of rows) {
        for (const value of Object.values(row)) {
          all.push(value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))
        }
      }
    }
    const stored = all.join('\n')
    const secrets = [
      'access-',
      'refresh-',
      'eyJ',
      ...acme.asked.flatMap((asked) => [asked.get('state'), asked.get('nonce')]),
      ...acme.traded.map(({ body }) => body.get('code_verifier')),
      who.cookies(site.base).get('provider_sign_in'),
    ]
    for (const secret of secrets) assert.ok(secret && !stored.includes(secret), String(secret))
    assert.ok(stored.includes('person-1'))
  })
})
