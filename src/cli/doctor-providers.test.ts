import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createForeignSignIn } from '../social/foreign-sign-in.ts'
import { foreignIdentity } from '../social/identity.contract.ts'
import { createLinkedAccounts } from '../social/linked-accounts.ts'
import { readProviders } from '../social/provider-settings.ts'
import { samlKey, samlProvider } from '../social/saml/saml-idp.contract.ts'
import { startStandIn } from '../social/stand-in.contract.ts'
import { createSealer } from '../crypto/seal.ts'
import { readSettings } from '../server/settings.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { databaseFindings } from './doctor-database.ts'
import { providerFindings } from './doctor-providers.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-doctor-'))
after(() => rmSync(folder, { recursive: true }))

describe('doorward doctor, on sign-in providers', () => {
  it('asks each of them, and says what is wrong', async () => {
    const [good, liar] = [await startStandIn(), await startStandIn()]
    liar.metadata = { issuer: good.issuer }
    const signInProviders = [
      { id: 'good', issuer: good.issuer, clientId: 'x' },
      { id: 'liar', issuer: liar.issuer, clientId: 'x', clientSecret: 'a secret of ours' },
      { id: 'gone', issuer: 'http://127.0.0.1:9', clientId: 'x' },
    ]
    const findings = await providerFindings(readSettings({ signInProviders }))
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      ['ok', 'warning', 'warning'],
    )
    assert.match(findings[1]?.what ?? '', /Nobody can sign in with liar.*issuer/)
    assert.match(findings[2]?.fix ?? '', /127\.0\.0\.1:9/)
    assert.doesNotMatch(JSON.stringify(findings), /a secret of ours/)
  })

  it('looks at the certificates of those that speak SAML: a month before the last one ends, and after', async () => {
    const [ending, later] = [await samlKey({ days: 100 }), await samlKey({ days: 400 })]
    const found = async (certificates: readonly string[], days: number): Promise<readonly (string | undefined)[]> => {
      const settings = readSettings({ signInProviders: [samlProvider({ certificates })] })
      const [finding] = await providerFindings(settings, { clock: () => Date.now() + days * 86_400_000 })
      return [finding?.verdict, finding?.what, finding?.fix]
    }
    const [verdict, what] = await found([ending.certificate], 69)
    assert.equal(verdict, 'ok')
    assert.match(what ?? '', /Acme signs by a certificate that ends on \d{4}-/)
    const [soon, , fix] = await found([ending.certificate], 71)
    assert.equal(soon, 'warning')
    assert.match(fix ?? '', /Add the new one .* to certificates of acme/)
    assert.equal((await found([ending.certificate], 101))[0], 'problem')
    assert.equal((await found([ending.certificate, later.certificate], 101))[0], 'ok')
  })

  it('names people whose only way in was a provider that is offered no more', async () => {
    const path = join(folder, 'doorward.sqlite3')
    const database = await openSqlite({ path })
    await database.migrate()
    const signInProviders = [{ id: 'acme', issuer: 'https://acme.example', clientId: 'x', createAccounts: true }]
    const providers = readProviders(signInProviders)
    const linked = createLinkedAccounts({ database, sealer: createSealer({ secret: 's'.repeat(32) }), providers })
    const foreign = createForeignSignIn({ database, linked, ruleEffects: async () => undefined })
    for (const provider of providers) await foreign.resolve(foreignIdentity(), provider, Date.now(), {})
    await database.close()
    const found = async (given: object): Promise<string> =>
      JSON.stringify(await databaseFindings(readSettings({ data: folder, ...given })))
    assert.match(await found({}), /can no longer sign in.*ada@example\.org/)
    assert.doesNotMatch(await found({ signInProviders }), /can no longer sign in/)
    const other = [{ ...signInProviders[0], id: 'other' }]
    assert.match(await found({ signInProviders: other }), /can no longer sign in/)
  })
})
