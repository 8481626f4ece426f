import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cookieNames } from './cookie-names.ts'

const others = (
  'signin trusted accounts provider_sign_in access_token refresh_token keptform endedform message mailcode ' +
  'codelink verify reset newemail oldemail keep passkeysignup'
).split(' ')

describe('cookieNames', () => {
  it('gives neither of the two the name of another cookie of Doorward', () => {
    for (const name of others) {
      const wrong = new RegExp(`: ${name} is another cookie of Doorward`)
      assert.throws(() => cookieNames({ sessionCookieName: name, csrfCookieName: 'csrftoken' }), wrong)
      assert.throws(() => cookieNames({ sessionCookieName: 'sessionid', csrfCookieName: name }), wrong)
    }
    assert.throws(() => cookieNames({ sessionCookieName: 'one', csrfCookieName: 'one' }), /have to be two names/)
    assert.deepEqual(cookieNames({ sessionCookieName: 'sid', csrfCookieName: 'xsrf' }), {
      session: 'sid',
      csrf: 'xsrf',
    })
  })
})
