import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settingsFindings } from '../cli/doctor-settings.ts'
import { relaxationsOf } from './relaxations.ts'
import { readSettings } from './settings.ts'

describe('relaxationsOf', () => {
  it('is silent about the defaults, and names each setting that is looser [B-STO-09]', () => {
    assert.deepEqual(relaxationsOf(readSettings({})), [])
    const loose = {
      oauthLegacy: ['password', 'implicit'],
      oauthLocalhostRedirects: true,
      oauthWildcardRedirects: true,
      oauthRegistration: 'open',
    }
    const found = relaxationsOf(readSettings(loose))
    assert.deepEqual(
      found.map(({ setting }) => setting),
      Object.keys(loose),
    )
    assert.match(found[0]?.allows ?? '', /password, implicit/)
    assert.deepEqual(relaxationsOf(readSettings({ oauthRegistration: 'token' })), [])
    const provider = { id: 'acme', issuer: 'https://acme.example', clientId: 'x' }
    const trusting = { ...provider, linkByEmail: true, emailsAreVerified: true, trustSecondFactor: true }
    assert.equal(relaxationsOf(readSettings({ signInProviders: [provider] })).length, 0)
    assert.equal(relaxationsOf(readSettings({ signInProviders: [trusting] })).length, 3)
    const texts = settingsFindings(readSettings(loose)).map(({ what }) => what)
    for (const { allows } of found) assert.ok(texts.includes(allows), 'doctor says so too')
  })
})
