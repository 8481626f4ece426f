import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { readSettings, SettingsInvalid } from '../server/settings.ts'
import { openSite } from './social.contract.ts'
import { readProviders } from './provider-settings.ts'

const good = { id: 'acme', issuer: 'https://login.acme.example', clientId: 'doorward', clientSecret: 'hunter2hunter2' }
const pem = (curve: string): string =>
  generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const apple = { id: 'apple', clientId: 'x', teamId: 'T', keyId: 'K', privateKey: pem('prime256v1') }

describe('the list of providers', () => {
  it('needs little: what is known of a provider is filled in', () => {
    const [google, work, acme] = readProviders([
      { id: 'google', clientId: 'g', clientSecret: 's' },
      { id: 'work', preset: 'google', name: 'Work', clientId: 'w', clientSecret: 's' },
      good,
    ])
    assert.deepEqual(
      [google?.issuer, google?.name, google?.clientAuthentication, google?.scopes],
      ['https://accounts.google.com', 'Google', 'post', ['openid', 'email', 'profile']],
    )
    assert.deepEqual([work?.preset, work?.name, work?.issuer], ['google', 'Work', 'https://accounts.google.com'])
    assert.deepEqual([acme?.preset, acme?.name, acme?.clientAuthentication], ['openid', 'acme', 'basic'])
  })

  it('begins with nothing allowed: no linking by address, no trust in factors or addresses, no tokens kept [RP06 B-SOC-06 B-SOC-11]', () => {
    const [acme] = readProviders([good])
    const { linkByEmail, emailsAreVerified, trustSecondFactor, storeTokens, createAccounts, signOut } = acme ?? {}
    assert.deepEqual(
      [linkByEmail, emailsAreVerified, trustSecondFactor, storeTokens, createAccounts, signOut],
      [false, false, false, false, null, false],
    )
  })

  it('is refused with what is wrong, and never says a secret', () => {
    const wrong: [unknown, RegExp][] = [
      [{ ...good, id: 'Acme!' }, /an id has small letters/],
      [{ ...good, id: 'link' }, /take another/],
      [{ ...good, issuer: undefined }, /issuer is missing/],
      [{ ...good, issuer: 'http://login.acme.example' }, /has to be an https address/],
      [{ ...good, issuer: 'http://127.0.0.1.evil.example/' }, /has to be an https address/],
      [{ ...good, issuer: 'ftp://login.acme.example' }, /issuer/],
      [{ ...good, clientId: '' }, /clientId/],
      [{ ...good, clientSecrett: 'hunter2hunter2' }, /clientSecrett/],
      [{ ...good, preset: 'facebook' }, /a preset is one of/],
      [{ ...good, scopes: ['email'] }, /openid among them/],
      [{ ...good, parameters: { state: 'fixed' } }, /may not set state/],
      [{ ...good, parameters: { request_uri: 'x' } }, /may not set request_uri/],
      [{ ...good, tenants: ['x'] }, /for Microsoft alone/],
      [{ ...good, teamId: 'x' }, /for Apple alone/],
      [{ ...good, domains: ['nodots'] }, /a domain is like/],
      [{ ...good, rules: [{ claim: 'groups' }] }, /rules\.0\.value/],
      [{ ...good, rules: [{ claim: 'groups', value: 'x', roles: ['owner'] }] }, /owner is built in/],
      [{ id: 'github', clientId: 'x' }, /GitHub needs clientSecret/],
      [{ id: 'google', clientId: 'x', clientSecret: undefined }, /Google needs clientSecret/],
      [{ ...apple, keyId: undefined }, /Apple needs teamId/],
      [{ ...apple, privateKey: pem('secp384r1') }, /must be a P-256 key/],
      [{ ...apple, privateKey: 'hunter2hunter2' }, /must be a P-256 key/],
      [{ ...apple, clientSecret: 'hunter2hunter2' }, /stands in for clientSecret/],
      ['hunter2hunter2', /the list|0:/],
    ]
    for (const [entry, reason] of wrong) {
      assert.throws(
        () => readSettings({ signInProviders: [entry] }),
        (error: unknown) => {
          assert.ok(error instanceof SettingsInvalid)
          assert.match(error.message, reason)
          assert.doesNotMatch(error.message, /hunter2/)
          return true
        },
        JSON.stringify(entry),
      )
    }
    assert.throws(() => readSettings({ signInProviders: [good, good] }), /two providers are called acme/)
    const both = [
      { ...good, domains: ['acme.example'] },
      { ...good, id: 'b', domains: ['ACME.example'] },
    ]
    assert.throws(() => readSettings({ signInProviders: both }), /two providers have the domain acme\.example/)
    assert.throws(() => readSettings({ signInProviders: '[{"clientSecret": "hunter2hunter2"' }), /not JSON/)
  })

  it('may stand in the environment, as JSON', () => {
    const { signInProviders } = readSettings({ signInProviders: JSON.stringify([good]) })
    assert.equal(signInProviders[0]?.clientId, 'doorward')
  })

  it('admits plain http on this machine in development, and nowhere else', async () => {
    const local = [{ ...good, issuer: 'http://127.0.0.1:4444' }]
    await openSite({ settings: { signInProviders: local } })
    const settings = { signInProviders: local, publicUrl: 'https://id.example', secret: 's'.repeat(40) }
    await assert.rejects(openSite({ settings }), /issuer has to be an https address/)
  })

  it('leaves no trace where it is empty', async () => {
    const { base } = await openSite()
    for (const path of [
      '/accounts/social/google/',
      '/api/sign-in-providers/',
      '/api/token/social/',
      '/accounts/social/link/',
    ]) {
      assert.equal((await fetch(base + path)).status, 404, path)
    }
    assert.doesNotMatch(await (await fetch(`${base}/accounts/login/`)).text(), /id="providers"/)
  })
})

describe('the addresses of applications', () => {
  it('are https ones, of this machine, or schemes of their own', () => {
    readSettings({
      signInRedirectUris: 'https://app.example/cb http://127.0.0.1/cb http://[::1]/cb com.example.app:/cb',
    })
    for (const uri of [
      'http://app.example/cb',
      'http://localhost/cb',
      'javascript:alert(1)',
      'data:text/html,x',
      'app:/cb',
      'https://app.example/cb#x',
      'nonsense',
    ]) {
      assert.throws(() => readSettings({ signInRedirectUris: [uri] }), /cannot be a redirect address/, uri)
    }
  })
})
