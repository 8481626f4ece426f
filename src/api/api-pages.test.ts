import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { text as asText } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { isOwner } from '../permissions/is-owner.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { person, type Person, type Seen } from '../screens/person.contract.ts'
import type { TestUser } from '../testing/test-credentials.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { json } from './answering.ts'
import { createCursors } from './cursors.ts'
import { described } from './described.ts'
import { operation } from './operation.ts'
import { operationsRoute } from './operations-route.ts'

const evil = '<script>alert(1)</script>'

describe('the pages under /api/', () => {
  let doorward: TestDoorward
  let base: string
  let staff: TestUser
  let admin: Person
  let stranger: Person

  before(async () => {
    doorward = await createTestDoorward()
    base = await doorward.listen({
      isWholeSite: true,
      routes: (auth) => [
        operationsRoute({
          path: '/api/echo/',
          auth,
          cursors: createCursors({ key: new Uint8Array(32) }),
          operations: [
            operation({
              method: 'POST',
              path: '/api/echo/{word}/',
              tag: 'Own',
              summary: 'Say it again',
              description: 'What was sent comes back.',
              permission: isStaff,
              query: { loud: z.enum(['true', 'false']).optional().meta({ description: 'Whether to shout.' }) },
              body: z.strictObject({ text: z.string(), times: z.int().default(1) }),
              answer: json(z.object({ word: z.string(), text: z.string(), by: z.string() })),
              object: { find: async ({ path }) => path, seenBy: isOwner(() => null) },
              handler: async ({ path, body, by }) => ({ word: path.word ?? '', text: body.text, by: by.actor }),
            }),
          ],
        }),
        {
          path: '/api/told/',
          guard: async (request) => auth.require(request),
          methods: {
            GET: async () => ({ status: 200, headers: [['set-cookie', 'a=secret; Path=/']], body: evil }),
          },
          operations: [described({ method: 'GET', path: '/api/told/', tag: 'Own', summary: 'Is told about' })],
        },
      ],
    })
    staff = await doorward.users.create({ username: 'staff', isStaff: true })
    admin = person(base)
    await admin.signIn(staff.username, staff.password)
    stranger = person(base)
  })
  after(async () => doorward.close())

  const text = (seen: Seen, id: string): string => new RegExp(`id="${id}">([^]*?)</code>`).exec(seen.text)?.[1] ?? ''
  const echo = '/api/operations/postApiEchoByWord/'

  it('list every endpoint below its heading, those of the application too, and who may', async () => {
    const { status, text: page, headers } = await stranger.get('/api/')
    assert.equal(status, 200)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    for (const part of [
      '/api/admin/users/{id}/',
      '/api/echo/{word}/',
      'Is told about',
      'Staff · scope admin',
      'id="sign-in"',
    ]) {
      assert.ok(page.includes(part), part)
    }
    assert.ok((await admin.get('/api/')).text.includes('href="/admin/"'))
  })

  it('tell of an endpoint who may in words, what it takes and answers, and how to call it', async () => {
    const { text: page, status } = await stranger.get(echo)
    assert.equal(status, 200)
    for (const part of [
      'A member of staff.',
      'Whether to shout.',
      'What was sent comes back.',
      '&quot;times&quot;',
      'insufficient_scope',
    ]) {
      assert.ok(page.includes(part), part)
    }
    assert.ok(page.includes(`-H &#39;X-API-Key: &#39;&quot;$KEY&quot;`))
    assert.equal((await stranger.get('/api/operations/nothing/')).status, 404)
    assert.equal((await stranger.get('/api/operations/')).status, 404)
  })

  it('send a request as who is signed in, without scripts, and show what came back', async () => {
    const page = await admin.get('/api/operations/getApiWhoami/')
    const tried = await admin.submit(page, 'try')
    assert.equal(tried.status, 200)
    assert.ok(text(tried, 'tried-body').includes(`&quot;name&quot;: &quot;staff&quot;`), tried.text)
    assert.ok(tried.text.includes('What came back: 200'))
    const changed = await admin.submit(await admin.get('/api/operations/postApiAdminGroups/'), 'try', {
      body: JSON.stringify({ name: 'made here', permissions: [] }),
    })
    assert.ok(changed.text.includes('What came back: 201'), changed.text)
    assert.deepEqual(
      (await doorward.instance.groups.list()).map(({ name }) => name),
      ['made here'],
    )
  })

  it('send it as nobody, or by a key that is pasted, which is shown and kept nowhere', async () => {
    const page = await stranger.get('/api/operations/getApiAdminUsers/')
    assert.ok((await stranger.submit(page, 'try')).text.includes('What came back: 401'))
    const { key } = await doorward.instance.apiKeys.create({ owner: staff, name: 'pasted', scopes: ['admin'] })
    const tried = await stranger.submit(page, 'try', { as: 'apiKey', credential: key, query_limit: '1' })
    assert.ok(tried.text.includes('What came back: 200'), tried.text)
    assert.ok(tried.text.includes('GET /api/admin/users/?limit=1'))
    assert.ok(!tried.text.includes(key))
    const basic = await stranger.submit(page, 'try', { as: 'basic', credential: `staff:${staff.password}` })
    assert.ok(basic.text.includes('What came back: 200') && !basic.text.includes(staff.password))
    const none = await stranger.submit(page, 'try', { as: 'apiKey', credential: '' })
    assert.deepEqual([none.status, none.text.includes('Paste the credential')], [400, true])
    const unknown = await stranger.submit(page, 'try', { as: 'session' })
    assert.deepEqual([unknown.status, unknown.text.includes('Nobody is signed in here')], [400, true])
    assert.equal((await stranger.submit(page, 'try', { as: 'constructor' })).status, 400)
  })

  it('show answers as text, whatever is in them, and no cookie that they would set', async () => {
    const told = await admin.submit(await admin.get('/api/operations/getApiTold/'), 'try')
    assert.ok(!told.text.includes(evil) && told.text.includes('&lt;script&gt;'))
    assert.ok(text(told, 'tried-headers').includes('set-cookie: a=…; Path=/') && !told.text.includes('secret'))
    const form = await admin.submit(await admin.get(echo), 'try', { path_word: evil, body: `{"text":"${evil}"` })
    assert.equal(form.status, 200)
    assert.ok(!form.text.includes(evil))
    const headers = told.headers.getSetCookie().join()
    assert.ok(!headers.includes('a=secret'))
  })

  it('cannot be sent from elsewhere, nor without the token of the form', async () => {
    const send = async (cookies: ReadonlyMap<string, string>, fields: object, more: object): Promise<number> => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie, origin: base, ...more }
      const body = new URLSearchParams({ as: 'session', ...fields }).toString()
      const response = await fetch(`${base}/api/operations/getApiWhoami/`, { method: 'POST', headers, body })
      await response.arrayBuffer()
      return response.status
    }
    const token =
      (await admin.get('/api/')).headers
        .getSetCookie()
        .join()
        .match(/csrftoken=([^;]+)/)?.[1] ?? ''
    assert.equal(await send(admin.cookies, { csrfmiddlewaretoken: token }, {}), 200)
    assert.equal(await send(admin.cookies, {}, {}), 403)
    assert.equal(await send(admin.cookies, { csrfmiddlewaretoken: 'x' }, {}), 403)
    assert.equal(await send(admin.cookies, { csrfmiddlewaretoken: token }, { origin: 'https://evil.example' }), 403)
    assert.equal(await send(new Map(), { as: 'nobody' }, {}), 403)
  })

  it('are shown to those who are signed in alone, or to nobody, by a setting', async () => {
    await using closed = await createTestDoorward({ settings: { apiPages: 'signed-in' } })
    const there = await closed.listen()
    const page = await fetch(`${there}/api/`, { redirect: 'manual' })
    assert.deepEqual([page.status, page.headers.get('location')], [303, '/accounts/login/?next=%2Fapi%2F'])
    assert.equal((await fetch(`${there}/api/openapi.json`)).status, 401)
    const headers = await closed.as(await closed.users.create(), 'basic')
    assert.equal((await fetch(`${there}/api/openapi.json`, { headers })).status, 200)
    await using off = await createTestDoorward({ settings: { apiPages: 'off' } })
    const nowhere = await off.listen()
    for (const path of ['/api/', '/api/openapi.json', '/api/operations/getApiWhoami/', '/']) {
      assert.equal((await fetch(nowhere + path)).status, 404, path)
    }
  })

  it('answer who strays with a page that leads back, and programs with JSON', async () => {
    // The way of `fetch` says of itself that it loads no page.
    const [page, body] = await new Promise<[IncomingMessage, string]>((resolve, reject) => {
      get(new URL('/nothing/here/', base), { headers: { accept: 'text/html' } }, (response) => {
        asText(response).then((read) => resolve([response, read]), reject)
      }).once('error', reject)
    })
    assert.equal(page.statusCode, 404)
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/)
    assert.match(body, /Page not found[^]*href="\/" id="go-on"/)
    const json = await fetch(new URL('/nothing/here/', base))
    assert.equal(json.status, 404)
    assert.deepEqual(await json.json(), { detail: 'Not found.', code: 'not_found' })
  })

  it('are led to from the first page of the site, which shows what somebody may open', async () => {
    const first = await stranger.get('/')
    assert.equal(first.status, 200)
    assert.ok(first.text.includes('href="/api/"') && first.text.includes('href="/accounts/login/"'))
    assert.ok(!first.text.includes('href="/admin/"'))
    assert.ok((await admin.get('/')).text.includes('href="/admin/"'))
  })
})
