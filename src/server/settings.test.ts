import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readSettings, settings, settingsFromEnvironment, SettingsInvalid, variableOf } from './settings.ts'

describe('readSettings', () => {
  it('takes every default when nothing is given', () => {
    const read = readSettings({})
    assert.equal(read.port, 8000)
    assert.equal(read.accessTokenLifetime, 1800)
    assert.deepEqual(read.authenticators[0], 'session')
    assert.deepEqual(Object.keys(read), Object.keys(settings))
  })

  it('reads durations, lists and flags as they are written in an environment', () => {
    const read = readSettings({ accessTokenLifetime: '5m', trustedProxies: '10.0.0.0/8, ::1', remoteUserCreate: 'yes' })
    assert.equal(read.accessTokenLifetime, 300)
    assert.deepEqual(read.trustedProxies, ['10.0.0.0/8', '::1'])
    assert.equal(read.remoteUserCreate, true)
  })

  it('names every fault at once, with the remedy, and never prints a secret [B-PIPE-17]', () => {
    const thrown = thrownBy(() => readSettings({ secret: 'short-one', publicURL: 'x', nonsense: 1, port: 'high' }))
    assert.match(thrown, /publicURL is not a setting\. Did you mean publicUrl\?/)
    assert.match(thrown, /nonsense is not a setting\. "doorward settings" lists them\./)
    assert.match(thrown, /secret: a secret has at least 32 characters; make one with/)
    assert.match(thrown, /port: it has to be a number\./)
    assert.doesNotMatch(thrown, /short-one/)
  })

  it('refuses a grace window of more than ten seconds', () => {
    assert.throws(() => readSettings({ refreshGrace: 11 }), SettingsInvalid)
  })
})

describe('settingsFromEnvironment', () => {
  it('finds a setting behind its variable, and leaves other variables alone', () => {
    const given = settingsFromEnvironment({
      DOORWARD_PUBLIC_URL: 'https://id.example.com',
      PATH: '/bin',
      DOORWARD_PORT: '',
    })
    assert.deepEqual(given, { publicUrl: 'https://id.example.com' })
    assert.equal(variableOf('guessesPerAccountAndAddress'), 'DOORWARD_GUESSES_PER_ACCOUNT_AND_ADDRESS')
  })

  it('refuses a DOORWARD_ variable that is no setting', () => {
    assert.throws(() => settingsFromEnvironment({ DOORWARD_PROT: '1' }), /DOORWARD_PROT is not a setting/)
  })
})

function thrownBy(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return String(error)
  }
  return assert.fail('nothing was thrown')
}
