import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermissionDenied } from '../core/errors.ts'
import { createHeaderNamesCheck } from './header-names.ts'

const check = createHeaderNamesCheck({
  own: ['x-forwarded-uri', 'x-forwarded-host'],
  foreign: ['x-original-url'],
  guarded: ['remote-user', 'doorward-identity', 'x-gatekeeper-secret'],
})

describe('createHeaderNamesCheck', () => {
  it('lets the names through that are written as they are meant', () => {
    const names = ['Host', 'X-Forwarded-Uri', 'X-FORWARDED-HOST', 'Remote-User', 'remote-user', 'Accept', 'Sec-CH-UA']
    check(withNames(names))
  })

  it('leaves odd names alone that mean nothing here', () => {
    check(withNames(['my_header', 'a.b', 'x-', 'remote-user2', 'x_remote_user', '__proto__', 'constructor']))
  })

  for (const name of [
    'Remote_User',
    'REMOTE_USER',
    'remote.user',
    'Remote~User',
    'Remote-User.',
    'Remote-User_',
    'Remote-User-',
    'doorward_identity',
    'X_Forwarded-Uri',
    'X-Forwarded_Uri',
    'X.Forwarded.Host',
    'x_original_url',
    'x_gatekeeper_secret',
  ]) {
    it(`refuses ${name}, another spelling of a name that counts [AK09]`, () => {
      refuses([name], /another spelling/)
    })
  }

  it('refuses what a gateway writes when it comes twice, in whatever case [AK09 B-REM-04]', () => {
    refuses(['X-Forwarded-Uri', 'Accept', 'x-forwarded-uri'], /more than once/)
  })

  it('refuses the metadata of other gateways', () => {
    refuses(['X-Original-URL'], /has no place/)
  })

  it('refuses every request where names cannot be seen', () => {
    assert.throws(() => check({ get: () => null }), refusal(/cannot be seen/))
  })

  it('takes the headers of a Web request', () => {
    check(new Headers({ 'X-Forwarded-Uri': '/' }))
    assert.throws(() => check(new Headers({ remote_user: 'eve' })), refusal(/another spelling of remote-user/))
  })
})

function refuses(names: readonly string[], reason: RegExp): void {
  assert.throws(() => check(withNames(names)), refusal(reason))
}

/** The reason is for the log: the answer does not have it. */
function refusal(reason: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof PermissionDenied)
    assert.match((error.cause as Error).message, reason)
    assert.equal(error.message, 'You do not have permission to perform this action.')
    return true
  }
}

function withNames(names: readonly string[]): { readonly get: () => null; readonly keys: () => readonly string[] } {
  return { get: () => null, keys: () => names }
}
