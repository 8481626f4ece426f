import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { describe, it } from 'node:test'
import type { GivenSettings } from './settings.ts'
import { type Person, person } from '../screens/person.contract.ts'
import { eachDatabase } from '../testing/on-postgres.contract.ts'
import type { CredentialOptions, TestUser } from '../testing/test-credentials.ts'
import { createTestDoorward, type TestDoorwardOptions } from '../testing/test-doorward.ts'
import { type ForeignIssuer, foreignIssuer } from '../tokens/issuer.contract.ts'

const password = 'correct horse battery'
const subject = 'repo:acme/app:ref:refs/heads/main'
const by = { actor: 'system' }

for (const [name, on] of eachDatabase) {
  describe(`workload trust, on ${name} [D8]`, () => {
    it('is made in the portal, tried out, lets a job in without a key, and is over when it is removed', async () => {
      await using ci = await foreignIssuer()
      await using at = await open(ci, on)
      const { ada, account, audience, token, whoami } = at
      const page = `/portal/service-accounts/${account}/`
      const empty = await ada.get(page)
      assert.match(empty.text, /It trusts no issuer\./)
      const form = await ada.get(`${page}trust/new/`)
      assert.match(form.text, new RegExp(`value="${audience}"`))
      const wrong = await ada.submit(form, 'create', { issuer: 'http://ci.example', subject: 'repo:*' })
      assert.equal(wrong.status, 400)
      assert.match(wrong.text, /An issuer is an https address/)
      assert.match(wrong.text, /Write out the first two segments before a \*/)
      const made = await ada.submit(wrong, 'create', { issuer: ci.issuer, subject, 'scope_notes:read': 'on' })
      assert.equal(made.path, `${page}trust/`)
      assert.match(made.text, /It is trusted\./)
      assert.match((await ada.get(page)).text, /<strong>an issuer trusted<\/strong> by\s+<bdi>you</)

      const good = await token()
      const tried = await ada.submit(made, 'test', { sample_token: good })
      assert.match(tried.text, /This token is let in/)
      assert.ok(!tried.text.includes(good))
      const refused = await ada.submit(made, 'test', { sample_token: await token({ sub: `${subject}2` }) })
      assert.match(refused.text, /This token is refused/)
      assert.match(refused.text, /about the subject of the trust[^]*?No</)

      assert.deepEqual(await whoami(good), [200, 'workload', 'deploy', 'service_account'])
      for (const other of [await token({ sub: `${subject}2` }), await ci.signForeign({}), await token({ aud: 'x' })]) {
        const [status, body, challenge] = await at.call('/api/whoami/', other)
        assert.equal(status, 401)
        assert.equal((body as { code: string }).code, 'invalid_token')
        assert.match(challenge ?? '', /Bearer realm="api"[^,]*, error="invalid_token"/)
      }
      await at.users.create({ username: 'bob', password })
      const stranger = person(at.base)
      await stranger.signIn('bob', password)
      for (const path of ['trust/', 'trust/new/']) assert.equal((await stranger.get(page + path)).status, 404)
      await ada.submit(await ada.get(`${page}trust/`), 'remove')
      assert.equal((await whoami(good))[0], 401)
    })

    it('is the same by JSON, for whoever answers for the service account and nobody else', async () => {
      await using ci = await foreignIssuer()
      await using at = await open(ci, on)
      const { account, audience, token, whoami, instance } = at
      const path = `/api/account/service-accounts/${account}/trusts/`
      const ada = await at.caller(at.user, 'jwt')
      const made = await ada.post(path, { issuer: ci.issuer, subject, scopes: ['notes:read'] })
      assert.equal(made.status, 201, await made.clone().text())
      const record = (await made.json()) as { readonly id: string; readonly audience: string }
      assert.equal(record.audience, audience)
      assert.equal((await ada.post(path, { issuer: ci.issuer, subject })).status, 409)
      assert.equal((await ada.post(path, { issuer: ci.issuer, subject: '*' })).status, 400)
      const tested = await ada.post(`${path}test/`, { token: await token({ exp: 1 }) })
      const { is_good: isGood, findings } = (await tested.json()) as {
        readonly is_good: boolean
        readonly findings: readonly { readonly check: string; readonly is_good: boolean }[]
      }
      assert.equal(isGood, false)
      assert.deepEqual(
        findings.filter((one) => !one.is_good).map(({ check }) => check),
        ['expiry'],
      )
      assert.equal((await ada.post(`${path}test/`, { token: 'x'.repeat(8193) })).status, 400)
      const bob = await at.caller(await at.users.create({ username: 'bob' }), 'jwt')
      assert.equal((await bob.get(path)).status, 404)
      assert.equal((await bob.post(path, { issuer: ci.issuer, subject })).status, 404)
      assert.equal((await bob.delete(`${path}${record.id}/`)).status, 404)
      assert.equal((await whoami(await token()))[0], 200)
      assert.equal((await ada.delete(`${path}${record.id}/`)).status, 204)
      assert.equal((await ada.delete(`${path}${record.id}/`)).status, 404)
      assert.equal((await whoami(await token()))[0], 401)
      assert.deepEqual(await instance.workloadTrusts.list(account), [])
    })

    it('is answered 503 with when to come again while the issuer is away (RFC 9110, section 15.6.4)', async () => {
      await using ci = await foreignIssuer()
      await using at = await open(ci, on)
      await at.instance.workloadTrusts.create(
        at.account,
        { issuer: ci.issuer, subject, audience: at.audience, scopes: [] },
        { by },
      )
      const metadata = '/.well-known/openid-configuration'
      const published = ci.published.get(metadata)
      ci.published.delete(metadata)
      const headers = { authorization: `Bearer ${await at.token()}` }
      const answer = await fetch(`${at.base}/api/whoami/`, { headers })
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '30'])
      assert.equal(answer.headers.get('www-authenticate'), null)
      const page = await at.ada.get(`/portal/service-accounts/${at.account}/trust/`)
      assert.match((await at.ada.submit(page, 'test', { sample_token: await at.token() })).text, /publish the key/)
      ci.published.set(metadata, published)
      await at.clock.advance('30s')
      assert.equal((await at.whoami(await at.token()))[0], 200)
    })

    it('is made by people alone: by no key, no token and no workload, whatever they may do', async () => {
      await using ci = await foreignIssuer()
      await using at = await open(ci, on)
      const { account, instance } = at
      const root = await at.users.create({ username: 'root', isStaff: true, isSuperuser: true, permissions: [] })
      const values = { issuer: ci.issuer, subject, scopes: [] }
      for (const kind of ['apiKey', 'token'] as const) {
        const own = await at.caller(at.user, kind)
        assert.equal((await own.post(`/api/account/service-accounts/${account}/trusts/`, values)).status, 403, kind)
        const admin = await at.caller(root, kind, { scopes: ['admin'] })
        assert.equal((await admin.post(`/api/admin/service-accounts/${account}/trusts/`, values)).status, 403, kind)
      }
      assert.deepEqual(await instance.workloadTrusts.list(account), [])
      const admin = await at.caller(root, 'jwt')
      assert.equal((await admin.post(`/api/admin/service-accounts/${account}/trusts/`, values)).status, 201)
      assert.equal((await at.whoami(await at.token()))[0], 200)
    })

    it('of an organisation takes the right to change its service accounts, and ends with it', async () => {
      await using ci = await foreignIssuer()
      await using at = await open(ci, on)
      const { organisations, members, roles, roleGrants } = at.instance.orgs
      const organisation = await organisations.create(
        { name: 'Acme', slug: 'acme', allowedScopes: ['notes:read'], ownerId: at.user.id },
        by,
      )
      const bob = await at.users.create({ username: 'bob', password })
      await members.add(organisation.id, bob.id, 'member', by)
      const { id } = await at.instance.serviceAccounts.create(
        { name: 'acme-ci', scopes: ['notes:read'], organisationId: organisation.id },
        { by },
      )
      const path = `/account/organisations/${organisation.id}/service-accounts/${id}/trust/`
      const made = await at.ada.submit(await at.ada.get(`${path}new/`), 'create', { issuer: ci.issuer, subject })
      assert.match(made.text, /It is trusted/)
      const aud = at.instance.workloadTrusts.audienceOf(id)
      assert.equal((await at.whoami(await at.token({ aud })))[2], 'acme-ci')
      const viewer = await roles.create(
        { name: 'viewer', permissions: ['service_accounts.view'], organisationId: organisation.id },
        by,
      )
      await roleGrants.grant({ roleId: viewer.id, userId: bob.id, organisationId: organisation.id }, by)
      const other = person(at.base)
      await other.signIn('bob', password)
      const seen = await other.get(path)
      assert.equal(seen.status, 200)
      assert.match(seen.text, /repo:acme/)
      assert.doesNotMatch(seen.text, /id="(remove|test|new-trust)/)
      assert.equal((await other.get(`${path}new/`)).status, 403)
      const trusts = await at.instance.workloadTrusts.list(id)
      const csrf = { csrfmiddlewaretoken: other.cookies.get('csrftoken') ?? '' }
      for (const fields of [
        { action: 'remove', trust: trusts[0]?.id ?? '' },
        { action: 'test', sample_token: 'x' },
      ]) {
        assert.equal((await other.post(path, { ...fields, ...csrf })).status, 403, fields.action)
      }
      const api = `/api/account/organisations/${organisation.id}/service-accounts/${id}/trusts/`
      const member = await at.caller(bob, 'jwt')
      assert.equal((await member.get(api)).status, 200)
      assert.equal((await member.post(`${api}test/`, { token: 'x' })).status, 403)
      assert.equal((await member.delete(`${api}${trusts[0]?.id ?? ''}/`)).status, 403)
      assert.equal((await member.post(api, { issuer: ci.issuer, subject: 'x' })).status, 403)
      await organisations.suspend(organisation.id, by)
      assert.equal((await at.whoami(await at.token({ aud })))[0], 401)
    })

    it('passes the gatekeeper like any other credential, and a bad one does not', async () => {
      await using ci = await foreignIssuer()
      const route = { name: 'notes', host: 'notes.example', path: '/*', policy: 'isAuthenticated', api: true }
      const gatekeeper = { gatekeeperPeers: ['127.0.0.1'], gatekeeperRoutes: [route] }
      for (const authenticators of [undefined, ['session', 'apiKey']] as const) {
        await using at = await open(ci, on, {
          ...gatekeeper,
          ...(authenticators === undefined ? {} : { authenticators }),
        })
        const values = { issuer: ci.issuer, subject, audience: at.audience, scopes: ['notes:read'] }
        await at.instance.workloadTrusts.create(at.account, values, { by })
        const [good, bad] = [await at.token(), await at.token({ sub: 'repo:evil/app' })]
        for (const token of [good, bad, await ci.signForeign({ sub: subject, aud: at.audience, exp: 9_999_999_999 })]) {
          const isGood = token === good && authenticators === undefined
          for (const [gateway, headers] of Object.entries(gateways)) {
            const path = gateway === 'envoy' ? '/verify/envoy/1' : `/verify/${gateway}`
            const authorization = `Bearer ${token}`
            // A client that may say which Host it means.
            const answer = await asked(at.base + path, { ...headers, authorization })
            assert.equal(answer.statusCode, isGood ? 200 : 401, gateway)
            const [, told = ''] = String(answer.headers['doorward-identity'] ?? '').split('.')
            assert.equal(Buffer.from(told, 'base64url').toString().includes('"via":"workload"'), isGood, gateway)
          }
        }
      }
    })

    it('says so wherever it is offered while the server takes no such tokens', async () => {
      await using ci = await foreignIssuer()
      await using at = await open(ci, on, { authenticators: ['session', 'jwt', 'apiKey'] })
      const root = await at.users.create({ username: 'root', password, isStaff: true, isSuperuser: true })
      const console = person(at.base)
      await console.signIn('root', password)
      const values = { issuer: ci.issuer, subject, audience: at.audience, scopes: [] }
      await at.instance.workloadTrusts.create(at.account, values, { by })
      for (const [who, area] of [
        [at.ada, '/portal/'],
        [console, '/admin/'],
      ] as const) {
        for (const below of ['', 'trust/', 'trust/new/']) {
          const { status, text } = await who.get(`${area}service-accounts/${at.account}/${below}`)
          assert.equal(status, 200)
          assert.match(
            text,
            /id="no-way-in"[^]*takes no tokens of jobs elsewhere[^]*<code>authenticators<\/code>/,
            below,
          )
        }
      }
      const list = await at.ada.get(`/portal/service-accounts/${at.account}/trust/`)
      const tried = await at.ada.submit(list, 'test', { sample_token: await at.token() })
      assert.match(tried.text, /This token is refused[^]*take tokens of jobs elsewhere at all\?[^]*No/)
      const api = await at.caller(root, 'jwt')
      const answer = await api.get(`/api/admin/service-accounts/${at.account}/trusts/`)
      assert.equal(((await answer.json()) as { is_way_in: boolean }).is_way_in, false)
      await using other = await open(ci, on)
      for (const below of ['', 'trust/', 'trust/new/']) {
        const { text } = await other.ada.get(`/portal/service-accounts/${other.account}/${below}`)
        assert.doesNotMatch(text, /no-way-in/)
      }
    })

    it('is counted on the pages that ask before a service account is deleted', async () => {
      await using ci = await foreignIssuer()
      await using at = await open(ci, on)
      await at.users.create({ username: 'root', password, isStaff: true, isSuperuser: true })
      const console = person(at.base)
      await console.signIn('root', password)
      const organisation = await at.instance.orgs.organisations.create(
        { name: 'Acme', slug: 'acme', allowedScopes: ['notes:read'], ownerId: at.user.id },
        by,
      )
      const { id: ofAcme } = await at.instance.serviceAccounts.create(
        { name: 'acme-ci', organisationId: organisation.id },
        { by },
      )
      const pages = [
        [at.ada, `/portal/service-accounts/${at.account}/delete/`, at.account],
        [console, `/admin/service-accounts/${at.account}/delete/`, at.account],
        [at.ada, `/account/organisations/${organisation.id}/service-accounts/${ofAcme}/delete/`, ofAcme],
      ] as const
      for (const [who, path] of pages) assert.doesNotMatch((await who.get(path)).text, /trusted? issuer|workload trust/)
      for (const account of [at.account, ofAcme]) {
        const audience = at.instance.workloadTrusts.audienceOf(account)
        for (const sub of ['one', 'two']) {
          const values = { issuer: ci.issuer, subject: sub, audience, scopes: [] }
          await at.instance.workloadTrusts.create(account, values, { by })
        }
      }
      for (const [who, path] of pages) assert.match((await who.get(path)).text, /<li>2 workload trusts<\/li>/, path)
    })

    it('stands in the access tester as a way in of its own', async () => {
      await using ci = await foreignIssuer()
      await using at = await open(ci, on)
      await at.instance.workloadTrusts.create(
        at.account,
        { issuer: ci.issuer, subject, audience: at.audience, scopes: ['notes:read'] },
        { by },
      )
      const explain = async (token: string) => {
        const asking = at.request('GET', '/api/whoami/', { authorization: `Bearer ${token}` })
        const { authenticators, identity } = await at.auth.explain(asking)
        return [authenticators.find((one) => one.name === 'workload')?.outcome, identity?.via]
      }
      assert.deepEqual(await explain(await at.token()), ['took it', 'workload'])
      assert.deepEqual(await explain(await at.token({ sub: 'x' })), ['refused', undefined])
    })
  })
}

/** What each gateway says of the request that it asks about. */
const gateways = {
  nginx: { 'x-original-url': 'http://notes.example/1', 'x-original-method': 'GET' },
  forward: {
    'x-forwarded-host': 'notes.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-uri': '/1',
    'x-forwarded-method': 'GET',
  },
  envoy: { host: 'notes.example' },
}

async function asked(url: string, headers: OutgoingHttpHeaders): Promise<IncomingMessage> {
  const sent = request(url, { headers, agent: false })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return answer
}

async function open(ci: ForeignIssuer, on: TestDoorwardOptions, settings: GivenSettings = {}) {
  const doorward = await createTestDoorward({
    ...on,
    fetch: ci.fetch,
    settings: {
      oauthScopes: { 'notes:read': 'Read your notes', admin: 'Administer' },
      failuresPerAddress: null,
      ...settings,
    },
  })
  const base = await doorward.listen()
  const user = await doorward.users.create({ username: 'ada', password, permissions: ['service_accounts.add'] })
  const { id: account } = await doorward.instance.serviceAccounts.create(
    { name: 'deploy', scopes: ['notes:read'], ownerId: user.id },
    { by },
  )
  const ada: Person = person(base)
  await ada.signIn('ada', password)
  const audience = doorward.instance.workloadTrusts.audienceOf(account)
  const now = (): number => Math.floor(doorward.clock.now() / 1000)
  const call = async (path: string, token: string): Promise<readonly [number, unknown, string | null]> => {
    const answer = await fetch(base + path, { headers: { authorization: `Bearer ${token}` } })
    return [answer.status, await answer.json(), answer.headers.get('www-authenticate')]
  }
  return {
    ...doorward,
    base,
    user,
    account,
    ada,
    audience,
    call,
    token: async (claims: Readonly<Record<string, unknown>> = {}) =>
      ci.sign({ sub: subject, aud: audience, exp: now() + 300, iat: now(), ...claims }),
    caller: async (who: TestUser, kind: 'jwt' | 'apiKey' | 'token', options: CredentialOptions = {}) => {
      const client = doorward.client(base)
      await client.signIn(who, kind, options)
      const send = (method: string) => async (path: string, body?: object) =>
        client.fetch(path, {
          method,
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        })
      return { get: send('GET'), post: send('POST'), delete: send('DELETE') }
    },
    whoami: async (token: string) => {
      const [status, body] = await call('/api/whoami/', token)
      const { via, principal } = body as {
        readonly via?: string
        readonly principal?: { name: string; kind: string }
      }
      return [status, via, principal?.name, principal?.kind]
    },
    [Symbol.asyncDispose]: async () => doorward.close(),
  }
}
