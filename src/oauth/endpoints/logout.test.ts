import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FakeBrowser, fakeBrowser, headerOf, hiddenIn, setCookies } from '../../accounts/browser.contract.ts'
import type { Answer } from '../../http/exchange.ts'
import { formatId, parseId } from '../../storage/id.ts'
import type { UserRow } from '../../storage/schema.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import type { OAuthClient } from '../client.ts'
import { grantTo } from '../granted.contract.ts'
import { type OAuthDesk, openOAuthDesk } from '../oauth-desk.contract.ts'
import { ask, clientAt, endpointAt, signInTo } from '../openid.contract.ts'
import type { OAuthServerOptions } from '../server.ts'

const path = '/o/logout/'
const bye = 'https://app.example/bye'
const form = 'application/x-www-form-urlencoded'

interface Stage {
  readonly desk: OAuthDesk
  readonly client: OAuthClient
  readonly secret: string
  readonly user: UserRow
  readonly browser: FakeBrowser
  /** The ID token that the client got for the sign-in of the browser. */
  readonly idToken: string
  readonly accessToken: string
  readonly signInId: string
  readonly get: (fields: Readonly<Record<string, string>>, browser?: FakeBrowser) => Promise<Answer>
  readonly isSignedIn: () => Promise<boolean>
  readonly addClient: (metadata: ClientMetadata) => Promise<OAuthClient>
}

/** A browser that is signed in, and to a client. */
async function stage(metadata: ClientMetadata = {}, options: Partial<OAuthServerOptions> = {}): Promise<Stage> {
  const desk = await openOAuthDesk(options)
  const grantTypes = ['authorization_code', 'refresh_token']
  const scopes = ['openid', 'read', 'write']
  const all = { postLogoutRedirectUris: [bye, 'https://app.example/bye?from=a'], ...metadata }
  const added = await desk.addClient({ grantTypes, scopes, metadata: all })
  const client = await clientAt(desk, added)
  const user = await desk.addUser({ username: 'ada' })
  const browser = fakeBrowser()
  const { value } = await desk.sessions.create({ userId: formatId(user.id) })
  browser.cookies.set(desk.sessions.cookieName, value)
  const signInId = (await desk.sessions.find(value))?.auth.signInId ?? ''
  const { idToken, accessToken } = await signInTo(desk, { user, client, signInId })
  const GET = endpointAt(desk, 'GET', path)
  return {
    desk,
    client,
    secret: added.secret,
    user,
    browser,
    idToken,
    accessToken,
    signInId,
    get: async (fields, by = browser) => by.get(GET, `${path}?${new URLSearchParams(fields)}`),
    isSignedIn: async () => (await desk.sessions.find(value)) !== null,
    addClient: async (more) => clientAt(desk, await desk.addClient({ grantTypes, scopes, metadata: more })),
  }
}

/** Presses the button of the page that asks. */
async function confirm({ desk, browser }: Stage, page: Answer, headers = {}): Promise<Answer> {
  const fields = Object.fromEntries(
    [...page.body.matchAll(/name="([^"]+)"\s+value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('&amp;', '&'),
    ]),
  )
  return browser.post(endpointAt(desk, 'POST', path), fields, { url: path, headers })
}

describe('signing out by an application', () => {
  it('ends the session and leads back with state, for a good hint and a registered address [LO01 LO09 B-OID-10]', async () => {
    const here = await stage()
    const answer = await here.get({ id_token_hint: here.idToken, post_logout_redirect_uri: bye, state: 'a&b=ü' })
    assert.equal(answer.status, 303)
    assert.equal(headerOf(answer, 'location'), `${bye}?state=a%26b%3D%C3%BC`)
    assert.deepEqual(setCookies(answer), [
      '__Host-sessionid=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax',
      'csrftoken=; Path=/; Max-Age=0; Secure; SameSite=Lax',
    ])
    assert.equal(await here.isSignedIn(), false)
    await here.desk.close()
  })

  it('takes a POST of an application, by way of a GET that comes with the cookie [LO01]', async () => {
    const here = await stage()
    const { desk, browser, idToken } = here
    const fields = { id_token_hint: idToken, post_logout_redirect_uri: 'https://app.example/bye?from=a', state: 's' }
    const posted = await ask(desk, 'POST', path, {
      headers: { 'content-type': form, origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams(fields).toString(),
    })
    assert.equal(posted.status, 303)
    const location = headerOf(posted, 'location') ?? ''
    assert.match(location, /^\/o\/logout\/\?/)
    const answer = await browser.get(endpointAt(desk, 'GET', path), location)
    assert.equal(headerOf(answer, 'location'), 'https://app.example/bye?from=a&state=s')
    assert.equal(await here.isSignedIn(), false)
    await desk.close()
  })

  it('takes an ID token that has expired [LO03 B-OID-12]', async () => {
    const here = await stage()
    here.desk.time.now += 7200_000
    assert.equal((await here.get({ id_token_hint: here.idToken, post_logout_redirect_uri: bye })).status, 303)
    assert.equal(await here.isSignedIn(), false)
    await here.desk.close()
  })

  it('leads nowhere that is not registered to the letter, and signs nobody out then [LO02 B-OID-10]', async () => {
    const here = await stage()
    for (const uri of [
      'https://evil.example/',
      `${bye}/`,
      `${bye}?more=1`,
      'https://app.example/bye?from=a&b=c',
      'https://app.example/BYE',
      'http://app.example/bye',
      'app.example/bye',
      'javascript:alert(1)',
      `${bye}#x`,
    ]) {
      const answer = await here.get({ id_token_hint: here.idToken, post_logout_redirect_uri: uri })
      assert.equal(answer.status, 400, uri)
      assert.equal(headerOf(answer, 'location'), null)
      assert.ok(!answer.body.includes('evil.example'))
    }
    // Nobody says whose address it is.
    assert.equal((await here.get({ post_logout_redirect_uri: bye })).status, 400)
    assert.equal(await here.isSignedIn(), true)
    await here.desk.close()
  })

  it('refuses a client_id that is unknown, or not the one of the hint [B-OID-10]', async () => {
    const here = await stage()
    const other = await here.addClient({})
    for (const id of [other.id, 'nobody', 'x'.repeat(5000)]) {
      const answer = await here.get({ id_token_hint: here.idToken, client_id: id })
      assert.equal(answer.status, 400)
      assert.match(answer.body, /invalid_request/)
    }
    assert.equal(await here.isSignedIn(), true)
    await here.desk.close()
  })

  it('asks where no good hint says whom it is about, and signs out only by a form with its token [LO03 B-OID-10 B-OID-14]', async () => {
    const here = await stage()
    const other = await stage()
    for (const hint of [null, 'x.y.z', other.idToken, `${here.idToken.slice(0, -4)}AAAA`]) {
      const fields = { client_id: here.client.id, post_logout_redirect_uri: bye, state: 's' }
      const page = await here.get(hint === null ? fields : { ...fields, id_token_hint: hint })
      assert.equal(page.status, 200)
      assert.match(page.body, /Sign out\?/)
      assert.match(page.body, /id="application"><bdi>an application</)
      assert.match(page.body, /<bdi>ada</)
      assert.match(headerOf(page, 'content-security-policy') ?? '', /form-action 'self' https:\/\/app\.example/)
    }
    assert.equal(await here.isSignedIn(), true)

    const page = await here.get({ client_id: here.client.id, post_logout_redirect_uri: bye, state: 's' })
    const token = hiddenIn(page, 'csrfmiddlewaretoken')
    const POST = endpointAt(here.desk, 'POST', path)
    for (const refused of [
      await here.browser.post(POST, { csrfmiddlewaretoken: 'wrong' }),
      await here.browser.post(POST, { csrfmiddlewaretoken: '' }),
      await confirm(here, page, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }),
      await here.browser.get(endpointAt(here.desk, 'GET', path), `${path}?csrfmiddlewaretoken=${token}`),
    ]) {
      assert.ok(refused.status === 403 || refused.body.includes('Sign out?'))
      assert.equal(await here.isSignedIn(), true)
    }
    const answer = await confirm(here, page)
    assert.equal(answer.status, 303)
    assert.equal(headerOf(answer, 'location'), `${bye}?state=s`)
    assert.equal(await here.isSignedIn(), false)
    await here.desk.close()
    await other.desk.close()
  })

  it('asks where the hint is of another user [B-OID-11]', async () => {
    const here = await stage()
    const bob = await here.desk.addUser({ username: 'bob' })
    const { idToken } = await signInTo(here.desk, { user: bob, client: here.client })
    const page = await here.get({ id_token_hint: idToken })
    assert.match(page.body, /Sign out\?/)
    assert.equal(await here.isSignedIn(), true)
    const answer = await confirm(here, page)
    assert.match(answer.body, /You are signed out/)
    assert.equal(await here.isSignedIn(), false)
    await here.desk.close()
  })

  it('tells a user by the pairwise name that the application knows', async () => {
    const here = await stage({ subjectType: 'pairwise', redirectUris: ['https://app.example/cb'] })
    assert.equal((await here.get({ id_token_hint: here.idToken, post_logout_redirect_uri: bye })).status, 303)
    assert.equal(await here.isSignedIn(), false)
    await here.desk.close()
  })

  it('asks each time where that is set [B-OID-11 B-OID-14]', async () => {
    const here = await stage({}, { logoutAsks: true })
    const page = await here.get({ id_token_hint: here.idToken, post_logout_redirect_uri: bye })
    assert.match(page.body, /Sign out\?/)
    assert.equal(await here.isSignedIn(), true)
    assert.equal((await confirm(here, page)).status, 303)
    assert.equal(await here.isSignedIn(), false)
    await here.desk.close()
  })

  it('leads nobody who was not signed in to a place that an application registered by itself (RFC 9700, section 4.11.2)', async () => {
    const here = await stage({})
    await here.desk.database.write(async (unit) => {
      await unit.updateTable('clients').set({ source: 'dynamic' }).execute()
    })
    const fields = { id_token_hint: here.idToken, post_logout_redirect_uri: bye, state: 's' }
    assert.equal((await here.get(fields)).status, 303, 'whoever was signed out is led back')
    const page = await here.get(fields)
    assert.deepEqual([page.status, headerOf(page, 'location')], [200, null])
    assert.match(page.body, new RegExp(`href="${bye}\\?state=s" id="go-on"`))
    assert.doesNotMatch(page.body, /data-continues/)
    await here.desk.close()
  })

  it('asks nobody where nobody is signed in, and is harmless twice [B-OID-11 B-OID-12]', async () => {
    const here = await stage()
    const fields = { id_token_hint: here.idToken, post_logout_redirect_uri: bye }
    for (const browser of [here.browser, here.browser, fakeBrowser()]) {
      assert.equal(headerOf(await here.get(fields, browser), 'location'), bye)
    }
    const page = await here.get({}, fakeBrowser())
    assert.equal(page.status, 200)
    assert.match(page.body, /You are signed out/)
    await here.desk.close()
  })

  it('ends what the application was given in the sign-in, even where the session is not here [B-OID-13]', async () => {
    const here = await stage()
    const { desk, accessToken } = here
    assert.notEqual(await desk.identify({ authorization: `Bearer ${accessToken}` }), null)
    await here.get({ id_token_hint: here.idToken }, fakeBrowser())
    await assert.rejects(desk.identify({ authorization: `Bearer ${accessToken}` }))
    assert.equal(await here.isSignedIn(), true)
    await desk.close()
  })

  it('ends refresh tokens of the session, and leaves the ones for access while away [LO10 B-OID-13]', async () => {
    const here = await stage()
    const { desk, client, secret, user } = here
    const grant = { signInId: parseId(here.signInId) }
    const given = async (isOffline: boolean) =>
      grantTo(desk, { client: { id: client.id, secret }, userId: user.id, grant: { ...grant, isOffline } })
    const [online, offline] = [await given(false), await given(true)]
    await here.get({ id_token_hint: here.idToken })
    const refused = await online.refresh(online.refreshToken)
    assert.deepEqual([refused.status, refused.json['error']], [400, 'invalid_grant'])
    assert.equal((await offline.refresh(offline.refreshToken)).status, 200)
    await desk.close()
  })

  it('does nothing for HEAD, which nobody sees', async () => {
    const here = await stage()
    await here.browser.send(endpointAt(here.desk, 'GET', path), {
      method: 'HEAD',
      url: `${path}?${new URLSearchParams({ id_token_hint: here.idToken })}`,
    })
    assert.equal(await here.isSignedIn(), true)
    await here.desk.close()
  })

  it('refuses what is malformed with a page, and goes nowhere', async () => {
    const here = await stage()
    const GET = endpointAt(here.desk, 'GET', path)
    const hint = `id_token_hint=${here.idToken}`
    const doubled = `${hint}&post_logout_redirect_uri=${bye}&post_logout_redirect_uri=https://evil.example`
    for (const query of [doubled, `${hint}&${hint}`, 'state=%ff', 'state=%00', 'a=1&'.repeat(150), '=x']) {
      const answer = await here.browser.get(GET, `${path}?${query}`)
      assert.equal(answer.status, 400, query.slice(0, 40))
      assert.equal(headerOf(answer, 'location'), null)
    }
    const posts = [
      { headers: { 'content-type': 'application/json' }, body: '{}', status: 415 },
      { headers: {}, body: hint, status: 415 },
      { headers: { 'content-type': form }, body: Buffer.from([0x61, 0x3d, 0xff]), status: 400 },
      { headers: { 'content-type': form }, body: `state=${'x'.repeat(20_000)}`, status: 400 },
    ]
    for (const { status, ...sending } of posts)
      assert.equal((await ask(here.desk, 'POST', path, sending)).status, status)
    assert.equal(await here.isSignedIn(), true)
    await here.desk.close()
  })

  it('frames the pages that sign out of applications, with iss and sid, and lets the page frame just those [LO08]', async () => {
    const here = await stage({ frontchannelLogoutUri: 'https://app.example/fc?x=1' })
    const other = await here.addClient({ frontchannelLogoutUri: 'https://other.example:8443/fc' })
    const never = await here.addClient({ frontchannelLogoutUri: 'https://never.example/fc' })
    const program = await here.addClient({ frontchannelLogoutUri: 'com.example.app:/fc' })
    // A name that no policy can hold (CSP Level 3, section 2.3.1) keeps nobody from signing out.
    const unfit = await here.addClient({ frontchannelLogoutUri: 'https://my_app.example/fc' })
    const { desk, signInId, user } = here
    await signInTo(desk, { user, client: other, signInId })
    await signInTo(desk, { user, client: never, signInId: null })
    await signInTo(desk, { user, client: program, signInId })
    await signInTo(desk, { user, client: unfit, signInId })
    const answer = await here.get({ id_token_hint: here.idToken, post_logout_redirect_uri: bye, state: 's' })
    assert.equal(answer.status, 200)
    const frames = [...answer.body.matchAll(/<iframe src="([^"]+)"/g)].map(([, src = '']) =>
      src.replaceAll('&amp;', '&'),
    )
    const query = `iss=${encodeURIComponent('https://id.example')}&sid=${signInId}`
    assert.deepEqual(
      new Set(frames),
      new Set([`https://app.example/fc?x=1&${query}`, `https://other.example:8443/fc?${query}`]),
    )
    const policy = headerOf(answer, 'content-security-policy') ?? ''
    assert.deepEqual(
      new Set(/frame-src ([^;]+)/.exec(policy)?.[1]?.split(' ')),
      new Set(['https://app.example', 'https://other.example:8443']),
    )
    assert.match(answer.body, new RegExp(`href="${bye}\\?state=s" id="go-on"\\s+data-continues`))
    assert.equal(await here.isSignedIn(), false)
    await desk.close()
  })

  it('says which applications are told that it is over, and which are not (L15)', async () => {
    const here = await stage()
    const { desk, user, signInId } = here
    const told = await here.addClient({ backchannelLogoutUri: 'https://told.example/out' })
    const deaf = await here.addClient({})
    for (const client of [told, deaf]) await signInTo(desk, { user, client, signInId })
    const answer = await confirm(here, await here.get({}))
    assert.match(answer.body, /You are signed out on this device/)
    const listed = (id: string) => new RegExp(`<ul class="points" id="${id}"[^>]*>([^]*?)</ul>`).exec(answer.body)?.[1]
    assert.equal(listed('told')?.match(/<li>/g)?.length, 1)
    assert.equal(listed('not-told')?.match(/<li>/g)?.length, 2)
    assert.doesNotMatch(answer.body, /may keep their own sessions/)
    assert.match((await here.get({})).body, /may keep their own sessions/)
    await desk.close()
  })

  it('offers a way back to the application that says where it is at home', async () => {
    const here = await stage({ clientUri: 'https://app.example/' })
    const answer = await here.get({ id_token_hint: here.idToken })
    assert.match(answer.body, /href="https:\/\/app\.example\/" id="go-on"/)
    assert.ok(!answer.body.includes('data-continues'))
    assert.ok(!(headerOf(answer, 'content-security-policy') ?? '').includes('frame-src'))
    await here.desk.close()
  })
})
