import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { type Person, person, type Seen } from '../screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { enrolled } from './enrolled.contract.ts'
import { addSoftPasskey, sendPasskey } from './passkey-person.contract.ts'

const mfa = 'urn:doorward:acr:mfa'

describe('stepping up for an application (RFC 9470)', () => {
  it('asks for a second factor where acr_values wants one, and says what was really shown [MF09]', async () => {
    await using doorward = await createTestDoorward()
    const { who, ada, code, ask, tokenOf } = await openApp(doorward)
    const plain = tokenOf(await ask({}))
    assert.equal((await plain)['acr'], 'urn:doorward:acr:sfa')
    const asked = await ask({ acr_values: mfa })
    assert.match(asked.path, /^\/accounts\/confirm\/totp\/\?next=.*&second=1/)
    const done = await who.submit(asked, 'factor', { code: await code() })
    const claims = await tokenOf(done)
    assert.equal(claims['acr'], mfa)
    assert.deepEqual((claims['amr'] as string[]).toSorted(), ['mfa', 'otp', 'pwd'])
    // And not a second time.
    assert.equal((await tokenOf(await ask({ acr_values: mfa })))['acr'], mfa)
    assert.equal((await doorward.instance.sessions.list(ada.id)).length, 1)
  })

  it('asks for a passkey where only a key that cannot be phished will do [MF09]', async () => {
    await using doorward = await createTestDoorward()
    const { who, user, ask, tokenOf } = await openApp(doorward)
    // Without one there is nothing to ask for: what is voluntary goes on, what is essential is refused.
    assert.equal((await tokenOf(await ask({ acr_values: 'phr' })))['acr'], 'urn:doorward:acr:sfa')
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['phr'] } } })
    assert.match((await ask({ claims })).path, /error=unmet_authentication_requirements/)
    const soft = await addSoftPasskey(doorward, user)
    const asked = await ask({ claims })
    assert.match(asked.path, /^\/accounts\/confirm\/passkey\//)
    assert.doesNotMatch((await who.get(asked.path.replace('/passkey/', '/other/'))).text, /way-totp/)
    assert.equal((await tokenOf(await sendPasskey(who, asked, soft)))['acr'], 'phr')
  })

  it('asks nobody in silence', async () => {
    await using doorward = await createTestDoorward()
    const { ask } = await openApp(doorward)
    // It goes on to what else is needed, which may not be asked for either.
    assert.match((await ask({ acr_values: mfa, prompt: 'none' })).path, /error=consent_required/)
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [mfa] } } })
    assert.match((await ask({ claims, prompt: 'none' })).path, /error=unmet_authentication_requirements/)
  })

  it('asks for everything again where the sign-in is older than max_age [MF09]', async () => {
    await using doorward = await createTestDoorward()
    const { who, ada, code, ask, tokenOf } = await openApp(doorward)
    await doorward.clock.advance('1h')
    const login = await ask({ max_age: '600' })
    assert.match(login.path, /^\/accounts\/login\//)
    const factor = await who.submit(login, 'sign-in', { username: 'ada', password: ada.password })
    assert.match(factor.path, /^\/accounts\/second-factor\/totp\//)
    const claims = await tokenOf(await who.submit(factor, 'factor', { code: await code() }))
    assert.ok(Number(claims['auth_time']) >= doorward.clock.now() / 1000 - 60)
    assert.deepEqual(claims['amr'], ['pwd', 'otp', 'mfa'])
  })
})

/** An application, and ada, who is signed in by her password alone, as from before she had an authenticator app. */
async function openApp(doorward: TestDoorward) {
  const here = await enrolled(doorward)
  const base = await doorward.listen()
  const redirect = `${base}/callback/`
  const { client } = await doorward.instance.oauth.clients.create(
    { name: 'App', authMethod: 'none', redirectUris: ['http://127.0.0.1/callback/'], scopes: ['openid'] },
    { by: { actor: 'system' } },
  )
  const who: Person = person(base)
  const { value } = await doorward.instance.sessions.create({ userId: here.ada.id })
  who.cookies.set('sessionid', value)
  const verifier = 'v'.repeat(43)
  const challenge = '7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM'
  return {
    ...here,
    who,
    ask: async (more: Readonly<Record<string, string>>): Promise<Seen> =>
      who.get(
        `/o/authorize/?${new URLSearchParams({
          response_type: 'code',
          client_id: client.id,
          redirect_uri: redirect,
          scope: 'openid',
          code_challenge: challenge,
          code_challenge_method: 'S256',
          ...more,
        })}`,
      ),
    tokenOf: async (seen: Seen): Promise<Record<string, unknown>> => {
      const isConsent = seen.text.includes('id="consent"')
      const { path } = isConsent ? await who.submit(seen, 'consent', { decision: 'allow' }) : seen
      const code = new URL(path, base).searchParams.get('code')
      assert.ok(code, path)
      const body = {
        grant_type: 'authorization_code',
        client_id: client.id,
        code,
        redirect_uri: redirect,
        code_verifier: verifier,
      }
      const answer = await fetch(`${base}/o/token/`, { method: 'POST', body: new URLSearchParams(body) })
      const { id_token: idToken = '' } = (await answer.json()) as { id_token?: string }
      return decodeJwt(idToken)
    },
  }
}
