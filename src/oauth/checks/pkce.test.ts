import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { headerOf } from '../../accounts/browser.contract.ts'
import { challenge, challengeOf, openAuthorizeDesk, saidIn, verifier } from '../authorize.contract.ts'
import { isRightVerifier } from './pkce.ts'

describe('PKCE', () => {
  it('is required of every client, public and confidential [PK01 PK02 B-PKCE-01 B-PKCE-09]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    for (const client of [await desk.addWeb(), await desk.addSpa({ pkceOptional: true }), await desk.addSpa()]) {
      for (const fields of [
        { code_challenge: null, code_challenge_method: null, nonce: 'n' },
        { code_challenge: '', code_challenge_method: '', nonce: 'n' },
        { code_challenge: null },
      ]) {
        const answer = await desk.ask(browser, client, fields)
        assert.equal(answer.status, 303)
        assert.equal(saidIn(answer).get('error'), 'invalid_request')
        assert.equal(saidIn(answer).get('state'), 'af0ifjsldkj')
        assert.equal(saidIn(answer).get('code'), null)
      }
    }
    await desk.close()
  })

  it('may be left out by a confidential client that is registered so, with OpenID and a nonce alone [PK02 B-PKCE-08]', async () => {
    // RFC 9700, section 2.1.1: "confidential OpenID Connect clients MAY use the nonce parameter".
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb({ pkceOptional: true })
    const bare = { code_challenge: null, code_challenge_method: null }
    assert.equal((await desk.ask(browser, web, { ...bare, nonce: 'n' })).status, 200)
    for (const fields of [bare, { ...bare, nonce: '' }, { ...bare, nonce: 'n', scope: 'read' }]) {
      assert.equal(saidIn(await desk.ask(browser, web, fields)).get('error'), 'invalid_request')
    }
    await desk.close()
  })

  it('is S256: plain, no method, another one and a malformed challenge are refused [PK03 B-PKCE-03 B-PKCE-04]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb()
    for (const fields of [
      { code_challenge_method: 'plain' },
      { code_challenge_method: null },
      { code_challenge_method: 's256' },
      { code_challenge_method: 'S512' },
      { code_challenge_method: 'S256 plain' },
      { code_challenge: challenge.slice(1) },
      { code_challenge: `${challenge}=` },
      { code_challenge: `${challenge.slice(1)}+` },
      { code_challenge: 'x'.repeat(4000) },
      { code_challenge: ['a', challenge] },
    ]) {
      const answer = await desk.ask(browser, web, fields)
      assert.equal(saidIn(answer).get('error'), 'invalid_request', JSON.stringify(fields))
    }
    await desk.close()
  })

  it('gives tokens for the right verifier; a wrong or missing one uses the code up [PK05 PK06 B-PKCE-02 B-PKCE-06 B-PKCE-10]', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const spa = await desk.addSpa()
    for (const code_verifier of [
      null,
      '',
      challenge,
      `${verifier}x`,
      verifier.slice(0, 42),
      'ä'.repeat(43),
      'x'.repeat(129),
      'x'.repeat(60_000),
    ]) {
      const code = await desk.codeFor(browser, spa)
      const answer = await desk.redeem(spa, code, { code_verifier })
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_grant'])
      // RFC 6749, section 4.1.2: a code is used once, whatever comes of it.
      const again = await desk.redeem(spa, code)
      assert.deepEqual([again.status, again.json['error']], [400, 'invalid_grant'])
    }
    assert.equal((await desk.redeem(spa, await desk.codeFor(browser, spa))).status, 200)
    await desk.close()
  })

  it('cannot be taken out of a request: a verifier for a code without a challenge is refused [PK07 B-PKCE-05]', async () => {
    // RFC 9700, section 4.8.2: "a token request containing a code_verifier parameter is accepted only if a code_challenge was present".
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const web = await desk.addWeb({ pkceOptional: true })
    const bare = { code_challenge: null, code_challenge_method: null, nonce: 'n' }
    const answer = await desk.redeem(web, await desk.codeFor(browser, web, bare))
    assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_grant'])
    await desk.close()
  })

  it('is no use in the answer of a refusal: nothing that was sent comes back but the state', async () => {
    const desk = await openAuthorizeDesk()
    const browser = await desk.browserOf(await desk.addPerson('ada'))
    const answer = await desk.ask(browser, await desk.addWeb(), { code_challenge: '<b>x</b>' })
    assert.doesNotMatch(decodeURIComponent(headerOf(answer, 'location') ?? ''), /<b>/)
    await desk.close()
  })
})

describe('isRightVerifier', () => {
  it('knows the example of RFC 7636, appendix B, and compares in base64url [B-PKCE-07]', () => {
    assert.equal(isRightVerifier(challenge, verifier), true)
    let seen = ''
    for (let tries = 0; tries < 2000 && !(seen.includes('-') && seen.includes('_')); tries += 1) {
      const text = randomBytes(32).toString('base64url')
      const expected = challengeOf(text)
      seen += expected
      assert.equal(isRightVerifier(expected, text), true)
      assert.equal(isRightVerifier(expected.replace(/[-_]/, '+'), text), !/[-_]/.test(expected))
    }
    assert.match(seen, /-.*_|_.*-/)
    assert.equal(isRightVerifier(null, null), true)
  })
})
