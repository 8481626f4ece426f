import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { User } from '../core/identity.ts'
import { type AskingClient, goodRequest, hiddenFields, queryOf, saidIn } from '../oauth/authorize.contract.ts'
import type { ClientMetadata } from '../oauth/client-metadata.ts'
import { hasRole } from '../permissions/has-role.ts'
import { memberOf } from '../permissions/member-of.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { type BoundDesk, openBoundDesk } from './bound-desk.contract.ts'

onEachDatabase('tokens that are bound to an organisation', (stage) => {
  it('come of a request that names it by id or short name, and say so wherever they are shown [L7]', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addWeb({ introspects: ['*'] })
    for (const name of ['acme', desk.acme]) {
      const tokens = await tokensFor(desk, client, { organization: name })
      const said = { org_id: desk.acme, org_slug: 'acme', org_roles: ['editor', 'owner'] }
      const idToken = claimsIn(tokens['id_token'])
      assert.deepEqual(organisationIn(idToken), said)
      assert.deepEqual(organisationIn((await introspect(desk, client, tokens['access_token'])).json), {
        ...said,
        org_permissions: (await introspect(desk, client, tokens['access_token'])).json['org_permissions'],
      })
      const about = await desk.send('GET', '/o/userinfo/', {
        headers: { authorization: `Bearer ${String(tokens['access_token'])}` },
      })
      assert.deepEqual(organisationIn(about.json), said)
      // Of the others nothing is told, to whoever may see organisations.
      assert.deepEqual(
        (about.json['organisations'] as readonly { slug: string }[]).map(({ slug }) => slug),
        ['acme'],
      )
    }
    await desk.close()
  })

  it('say nothing of it where no organisation was named and the client does not care', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addWeb()
    const tokens = await tokensFor(desk, client)
    assert.deepEqual(organisationIn(claimsIn(tokens['id_token'])), {})
    const principal = await principalOf(desk, tokens['access_token'])
    assert.deepEqual([principal.organisation, principal.organisations?.length], [undefined, 2])
    await desk.close()
  })

  it('count in that organisation alone at the API, by either format', async () => {
    const desk = await openBoundDesk({}, await stage())
    for (const metadata of [{}, { accessTokenFormat: 'jwt' }] satisfies ClientMetadata[]) {
      const client = await desk.addWeb(metadata)
      const tokens = await tokensFor(desk, client, { organization: 'umbrella' })
      const headers = { authorization: `Bearer ${String(tokens['access_token'])}` }
      const identity = await desk.identify(headers)
      const passes = async (rule: ReturnType<typeof memberOf>): Promise<boolean> =>
        rule({ request: { method: 'GET', url: '/', headers: new Headers() }, identity, resource: undefined })
      assert.equal(await passes(memberOf('umbrella', { role: 'owner' })), true)
      assert.equal(await passes(memberOf('acme')), false)
      assert.equal(await passes(memberOf({ organisation: 'bound', role: 'owner' })), true)
      assert.equal(await passes(memberOf({ organisation: 'bound', role: 'editor' })), false)
      // What an organisation calls its roles is no role everywhere.
      assert.equal(await passes(hasRole('owner')), false)
    }
    await desk.close()
  })

  it('stay bound when they are refreshed and exchanged', async () => {
    const desk = await openBoundDesk({}, await stage())
    const grantTypes = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange']
    const client = await desk.addWeb({ mayExchange: true }, { grantTypes })
    const tokens = await tokensFor(desk, client, { organization: 'acme', scope: 'openid offline_access read' })
    const refreshed = await refresh(desk, client, tokens['refresh_token'], { organization: 'umbrella' })
    assert.equal(claimsIn(refreshed['id_token'])['org_id'], desk.acme)
    assert.equal((await principalOf(desk, refreshed['access_token'])).organisation?.slug, 'acme')
    const exchanged = await desk.post(
      '/o/token/',
      queryOf({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: String(refreshed['access_token']),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        client_id: client.id,
        client_secret: client.secret,
      }),
    )
    assert.equal((await principalOf(desk, exchanged.json['access_token'])).organisation?.slug, 'acme')
    await desk.close()
  })

  it('are dead with the next request once their user has left, and do not come back with a new invitation', async () => {
    const desk = await openBoundDesk({}, await stage())
    await desk.members.add(desk.acme, desk.bob, 'owner')
    for (const metadata of [{}, { accessTokenFormat: 'jwt' }] satisfies ClientMetadata[]) {
      const client = await desk.addWeb(metadata)
      const fields = { scope: 'openid offline_access read' }
      const bound = await tokensFor(desk, client, { ...fields, organization: 'acme' })
      const whole = await tokensFor(desk, client, { ...fields, prompt: 'consent' })
      // Somebody looks first, so that it is remembered where it could be.
      assert.equal((await principalOf(desk, bound['access_token'])).organisation?.slug, 'acme')
      desk.time.now += 5
      await desk.members.remove(desk.acme, desk.ada)
      desk.time.now += 5
      assert.equal(await identified(desk, bound['access_token']), false)
      assert.equal((await refreshAnswer(desk, client, bound['refresh_token'])).json['error'], 'invalid_grant')
      // What speaks for the person as a whole goes on, without it.
      const refreshed = await refresh(desk, client, whole['refresh_token'])
      assert.equal((await principalOf(desk, refreshed['access_token'])).organisations?.length, 1)
      desk.time.now += 5
      await desk.members.add(desk.acme, desk.ada, 'owner')
      assert.equal(await identified(desk, bound['access_token']), false)
      assert.equal((await refreshAnswer(desk, client, bound['refresh_token'])).json['error'], 'invalid_grant')
    }
    await desk.close()
  })

  it('are refused while the organisation is suspended, and ended when it is deleted', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addWeb()
    const tokens = await tokensFor(desk, client, { organization: 'acme', scope: 'openid offline_access read' })
    desk.time.now += 5
    await desk.organisations.suspend(desk.acme)
    assert.equal(await identified(desk, tokens['access_token']), false)
    assert.equal((await refreshAnswer(desk, client, tokens['refresh_token'])).json['error'], 'invalid_grant')
    assert.equal((await introspect(desk, client, tokens['access_token'])).json['active'], false)
    desk.time.now += 5
    await desk.organisations.resume(desk.acme)
    assert.equal(await identified(desk, tokens['access_token']), true)
    desk.time.now += 5
    await desk.organisations.delete(desk.acme)
    assert.equal(await identified(desk, tokens['access_token']), false)
    const { revoked_for: why } = await desk.database.read
      .selectFrom('grants')
      .select('revoked_for')
      .executeTakeFirstOrThrow()
    assert.equal(why, 'left_organisation')
    await desk.close()
  })

  it('do not come of a code whose user leaves before it is traded', async () => {
    const desk = await openBoundDesk({}, await stage())
    await desk.members.add(desk.acme, desk.bob, 'owner')
    const client = await desk.addWeb()
    const code = await desk.codeFor(desk.browser, client, { organization: 'acme' })
    desk.time.now += 5
    await desk.members.remove(desk.acme, desk.ada)
    assert.equal((await desk.redeem(client, code)).json['error'], 'invalid_grant')
    await desk.close()
  })

  it('are refused to whoever does not belong to the organisation, whether it is there, suspended, or made up', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addWeb()
    await desk.organisations.suspend(desk.umbrella)
    const refusals = []
    for (const organization of ['globex', desk.globex, 'umbrella', 'made-up']) {
      const said = saidIn(await desk.ask(desk.browser, client, { organization, prompt: 'none' }))
      refusals.push([said.get('error'), said.get('error_description')])
    }
    assert.equal(refusals[0]?.[0], 'access_denied')
    for (const refusal of refusals) assert.deepEqual(refusal, refusals[0])
    for (const organization of ['a b', '<b>', 'x'.repeat(101)]) {
      const answer = await desk.ask(desk.browser, client, { organization, prompt: 'none' })
      assert.equal(saidIn(answer).get('error'), 'invalid_request', organization)
    }
    await desk.close()
  })

  it('come of a request that was pushed, too', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addWeb()
    const secret = { client_secret: client.secret }
    const pushed = await desk.post('/o/par/', queryOf({ ...goodRequest(client), ...secret, organization: 'umbrella' }))
    const fields = { request_uri: String(pushed.json['request_uri']), organization: 'acme' }
    const code = await desk.codeFor(desk.browser, client, fields)
    const { json } = await desk.redeem(client, code)
    assert.equal(claimsIn(json['id_token'])['org_slug'], 'umbrella')
    await desk.close()
  })

  it('are no way to more than was allowed for one organisation', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addWeb()
    await tokensFor(desk, client, { organization: 'acme' })
    // The same is not asked for again; another organisation, or all of them, is.
    const again = await desk.ask(desk.browser, client, { organization: 'acme' })
    assert.ok(saidIn(again).get('code'))
    const other = await desk.ask(desk.browser, client, { organization: 'umbrella' })
    assert.match(other.body, /It acts for you in <strong id="organisation-name"><bdi>Umbrella/)
    const whole = await desk.ask(desk.browser, client)
    assert.match(whole.body, /id="consent-allow"/)
    assert.ok(!whole.body.includes('for-organisation'))
    // Once it may act wherever somebody belongs, one of these places is less.
    await desk.decide(desk.browser, whole)
    assert.ok(saidIn(await desk.ask(desk.browser, client, { organization: 'umbrella' })).get('code'))
    await desk.close()
  })

  it('are for what the page said: not for another organisation that a form is made to name', async () => {
    const desk = await openBoundDesk({}, await stage())
    const client = await desk.addAsking()
    const chooser = await desk.ask(desk.browser, client)
    const page = await desk.decide(desk.browser, chooser, 'chosen', { organisation_choice: desk.acme })
    assert.equal(hiddenFields(page)['for_organisation']?.[0], desk.acme)
    for (const wrong of [desk.umbrella, desk.globex, '', null]) {
      const answer = await desk.decide(desk.browser, page, 'allow', { for_organisation: wrong })
      assert.equal(answer.status, 403)
    }
    const stolen = await desk.decide(desk.browser, chooser, 'chosen', { organisation_choice: desk.globex })
    assert.match(stolen.body, /Choose an organisation/)
    await desk.close()
  })
})

async function tokensFor(
  desk: BoundDesk,
  client: AskingClient,
  fields: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const code = await desk.codeFor(desk.browser, client, { scope: 'openid organisations read', ...fields })
  const { status, json } = await desk.redeem(client, code)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function refreshAnswer(
  desk: BoundDesk,
  { id, secret }: AskingClient,
  token: unknown,
  fields: Readonly<Record<string, string>> = {},
) {
  const own = { client_id: id, client_secret: secret }
  return desk.post(
    '/o/token/',
    queryOf({ grant_type: 'refresh_token', refresh_token: String(token), ...own, ...fields }),
  )
}

async function refresh(
  desk: BoundDesk,
  client: AskingClient,
  token: unknown,
  fields: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { status, json } = await refreshAnswer(desk, client, token, fields)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function introspect(desk: BoundDesk, { id, secret }: AskingClient, token: unknown) {
  return desk.post('/o/introspect/', queryOf({ token: String(token), client_id: id, client_secret: secret }))
}

async function identified(desk: BoundDesk, token: unknown): Promise<boolean> {
  return desk.identify({ authorization: `Bearer ${String(token)}` }).then(
    (identity) => identity !== null,
    () => false,
  )
}

async function principalOf(desk: BoundDesk, token: unknown): Promise<User> {
  const identity = await desk.identify({ authorization: `Bearer ${String(token)}` })
  assert.ok(identity?.principal.kind === 'user')
  return identity.principal
}

function claimsIn(token: unknown): Readonly<Record<string, unknown>> {
  const [, payload = ''] = String(token).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Readonly<Record<string, unknown>>
}

/** What is said of an organisation, with its roles in order. */
function organisationIn(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const own = Object.entries(claims).filter(([name]) => name.startsWith('org_'))
  return Object.fromEntries(
    own.map(([name, value]) => [name, name === 'org_roles' ? (value as string[]).toSorted() : value]),
  )
}
