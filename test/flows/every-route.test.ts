import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Person, person } from '../../src/screens/person.contract.ts'
import { createApp } from '../../src/server/app.ts'
import { eachDatabase } from '../../src/testing/on-postgres.contract.ts'
import { createTestDoorward, type TestDoorward, type TestDoorwardOptions } from '../../src/testing/test-doorward.ts'

const form = 'application/x-www-form-urlencoded'
const long = 'x'.repeat(40_000)
/** Names of fields that some form or body has: each is sent everywhere, missing, twice, too long, and of another type. */
const names = [
  'username',
  'password',
  'new_password',
  'current_password',
  'email',
  'key',
  'code',
  'token',
  'passkey',
  'version',
  'terms',
  'next',
  'decision',
  'action',
  'id',
  'name',
  'client_id',
  'state',
  'user_code',
  'refresh',
  'provider',
  'organization',
]
const texts = ['', long, '\u{202e}ada\u{200b}🙂', '"><script>alert(1)</script>', '9'.repeat(400)]
const values: readonly unknown[] = [null, true, -1, 1e308, [], [null], {}, { constructor: 1 }, long, '\u{d800}', 'a\0b']

for (const [database, on] of eachDatabase) {
  describe(`every route of a server, on ${database}`, () => {
    it('answers whatever is sent there, by whoever, with no fault of its own, and says what is wrong', async () => {
      await using site = await openSite(on)
      const { routes } = createApp(site.doorward.instance)
      assert.ok(routes.length > 100, String(routes.length))
      for (const { path, methods } of routes) {
        for (const who of [person(site.base), site.ada]) {
          for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
            if (method !== 'GET' && endsAll.has(path)) continue
            const isThere = Object.hasOwn(methods, method)
            const query = method === 'GET' ? queries : ['']
            for (const one of isThere ? query : ['']) await site.send(who, method, path + one)
            if (method === 'GET' || !isThere) continue
            const sent = database === 'SQLite' && who !== site.ada ? bodies() : unstorable
            for (const [type, body] of sent) await site.send(who, method, path, type, body)
          }
        }
      }
      assert.deepEqual(site.faults, [])
      // They were asked of somebody who is signed in to the end.
      assert.equal((await site.ada.get('/account/profile/')).path, '/account/profile/')
    })

    it('answers every member of every body under /api/ that is of another type, of things that are there', async () => {
      await using site = await openSite(on)
      const { paths } = (await (await fetch(`${site.base}/api/openapi.json`)).json()) as Document
      let count = 0
      for (const [path, operations] of Object.entries(paths).filter(([one]) => one.startsWith('/api/'))) {
        for (const [method, { requestBody }] of Object.entries(operations)) {
          const schemas = Object.values(requestBody?.content ?? {}).map(({ schema }) => schema)
          const members = schemas.flatMap(({ properties = {} }) => Object.keys(properties))
          if (members.length === 0 || endsAll.has(path)) continue
          const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => site.ids(path, name))
          if (at.includes('undefined')) continue
          count += 1
          const whole = Object.fromEntries(members.map((member) => [member, 'a']))
          for (const member of members) {
            for (const value of values) {
              for (const body of [{ [member]: value }, { ...whole, [member]: value }]) {
                await site.send(site.ada, method.toUpperCase(), at, 'application/json', JSON.stringify(body))
              }
            }
            const doubled = `{"${member}":"a","${member}":"b"}`
            await site.send(site.ada, method.toUpperCase(), at, 'application/json', doubled)
          }
        }
      }
      assert.ok(count > 60, `${count} operations with a body`)
      assert.deepEqual(site.faults, [])
      assert.equal((await site.ada.get('/account/profile/')).path, '/account/profile/')
    })
  })
}

/** What would end the session that asks, or shut everybody out. */
const endsAll: ReadonlySet<string> = new Set(['/accounts/logout/', '/o/logout/'])

const queries = [
  '',
  '?next=//evil.example',
  '?next=%00',
  `?next=${'%2e%2e/'.repeat(2000)}`,
  '?next=a&next=b',
  '?key=%ff%fe&id=%00&code=a&state=a&error=%0d%0aSet-Cookie:%20stolen=1',
  '?code=a&code=b&state=a&state=b',
  '?%00=%00',
  '?=&&&=',
]

/** What one of the databases does not take. */
const unstorable: readonly (readonly [type: string, body: string])[] = [
  [form, new URLSearchParams(names.map((name) => [name, 'a\0b'])).toString()],
  [form, names.map((name) => `${name}=%F0%9F`).join('&')],
  ...['a\0b', '\u{d800}', 1e308, '9'.repeat(400)].map(
    (value) => ['application/json', JSON.stringify(Object.fromEntries(names.map((name) => [name, value])))] as const,
  ),
]

function* bodies(): Generator<readonly [type: string, body: string]> {
  yield ['', '']
  yield [form, '']
  yield ['application/json', '']
  yield ['application/json', '{']
  yield ['application/json', '[]']
  yield ['application/json', 'null']
  yield ['application/json', '"text"']
  yield ['application/json', '{"__proto__":{"a":1},"constructor":1}']
  yield ['application/json; charset=utf-7', '{}']
  yield ['text/plain', '{"username":"ada"}']
  yield ['multipart/form-data; boundary=a', '--a\r\nContent-Disposition: form-data; name="action"\r\n\r\nsave']
  yield [form, Array.from({ length: 101 }, (_, index) => `f${index}=a`).join('&')]
  yield [form, names.map((name) => `${name}=a&${name}=b`).join('&')]
  yield [form, names.map((name) => `${name}=a&${name}[]=a`).join('&')]
  for (const text of texts) {
    yield [form, new URLSearchParams(names.map((name) => [name, text])).toString()]
  }
  for (const value of values) {
    yield ['application/json', JSON.stringify(Object.fromEntries(names.map((name) => [name, value])))]
  }
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>
}

interface ApiOperation {
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly properties?: object } }>>
  }
}

interface Site extends AsyncDisposable {
  readonly doorward: TestDoorward
  readonly base: string
  readonly ada: Person
  /** What was answered as it must not be. */
  readonly faults: readonly string[]
  readonly send: (who: Person, method: string, path: string, type?: string, body?: string) => Promise<void>
  /** The id of something that is there, for a parameter of a path. */
  readonly ids: (path: string, parameter: string) => string
}

async function openSite(on: Pick<TestDoorwardOptions, 'openDatabase'>): Promise<Site> {
  const doorward = await createTestDoorward({ settings, ...on })
  const base = await doorward.listen({ isWholeSite: true })
  const { instance } = doorward
  const password = 'correct horse battery'
  const flags = { isStaff: true, isSuperuser: true, emailVerified: true }
  const ada = await doorward.users.create({ username: 'ada', password, email: 'ada@example.org', ...flags })
  const bob = await doorward.users.create({ username: 'bob', email: 'bob@example.org' })
  await instance.byMail.terms.accept(ada.id, settings.termsVersion, { actor: 'system' })
  const { organisations, members, roles, invitations } = instance.orgs
  const limits = { allowedPermissions: ['notes.change'], allowedScopes: ['read'] }
  const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada.id, ...limits })
  await members.add(acme.id, bob.id, 'member')
  const role = await roles.create({ name: 'editor', organisationId: acme.id })
  const everywhere = await roles.create({ name: 'reader' })
  const invited = await invitations.create({ organisationId: acme.id, email: 'carol@example.org' })
  const by = { actor: 'system' }
  const account = await instance.serviceAccounts.create({ name: 'job', organisationId: acme.id }, { by })
  const { record } = await instance.apiKeys.create({ owner: ada, name: 'hers' })
  const owner = { kind: 'service_account', id: account.id } as const
  const ofJob = await instance.apiKeys.create({ owner, name: 'of the job' })
  const group = await instance.groups.create({ name: 'Editors', permissions: [] })
  const values = { name: 'Shop', redirectUris: ['https://shop.example/cb'], scopes: ['read'] }
  const { client } = await instance.oauth.clients.create(values, { by, owner: ada.id })
  const who = person(base)
  await who.signIn('ada', password)

  const faults: string[] = []
  return {
    doorward,
    base,
    ada: who,
    faults,
    send: async (one, method, path, type = '', body) => {
      const cookie = [...one.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const token = one.cookies.get('csrftoken')
      const headers = {
        origin: base,
        'sec-fetch-site': 'same-origin',
        ...(cookie === '' ? {} : { cookie }),
        ...(type === '' ? {} : { 'content-type': type }),
        ...(type === 'application/json' ? {} : { accept: 'text/html' }),
        ...(token === undefined ? {} : { 'x-csrftoken': token }),
      }
      const sent = body === undefined ? {} : { body }
      const answer = await fetch(base + path, { method, headers, redirect: 'manual', ...sent })
      const text = await answer.text()
      try {
        check(answer, text)
      } catch (error) {
        const why = error instanceof Error ? error.message.slice(0, 300) : ''
        const asked = `${method} ${path.slice(0, 200)} ${type} ${(body ?? '').slice(0, 200)}`
        if (faults.length < 40) faults.push(`${asked} → ${answer.status}: ${why}\n${text.slice(0, 300)}`)
      }
    },
    ids: (path, parameter) => {
      const known: Readonly<Record<string, string>> = {
        organisation: acme.id,
        role: path.includes('/organisations/') ? role.id : everywhere.id,
        invitation: invited.id,
        account: account.id,
        key: ofJob.record.id,
        user: bob.id,
        client_id: client.id,
        id: path.includes('/keys/')
          ? record.id
          : path.includes('/service-accounts/')
            ? account.id
            : path.includes('/groups/')
              ? group.id
              : bob.id,
      }
      return known[parameter] ?? 'undefined'
    },
    [Symbol.asyncDispose]: doorward.close,
  }
}

/** Never a fault of ours and never a stack; what is refused says so in a page with a way on, or by a code. */
function check({ status, headers }: Response, text: string): void {
  assert.ok(status < 500 || status === 503, 'a fault')
  assert.doesNotMatch(text, /\n\s+at .+[:(]\d+|node:internal|SQLITE|syntax error at|violates/)
  for (const cookie of headers.getSetCookie()) assert.doesNotMatch(cookie, /^stolen=/)
  const isPage = headers.get('content-type')?.startsWith('text/html') === true
  if (isPage) assert.doesNotMatch(text, /<script>alert/)
  const location = headers.get('location')
  if (location !== null) assert.doesNotMatch(location, /^(?:https?:)?\/\/evil|[\r\n]/)
  if (status < 400 || text === '') return
  if (isPage) assert.match(text, /<main[^]*<h1[^]*<\/main>/)
  else if (headers.get('content-type')?.includes('json') === true) {
    const { code, error } = JSON.parse(text) as { code?: unknown; error?: unknown }
    assert.ok(typeof code === 'string' || typeof error === 'string' || status === 400, 'no code')
  }
}

const settings = {
  signUp: 'open',
  emailCodes: true,
  termsVersion: '2026-12',
  signUpTerms: 'Be kind.',
  guessesPerAddress: null,
  guessesPerAccount: null,
  guessesPerAccountAndAddress: null,
  mailsPerAddress: null,
  mailsPerAccount: null,
  signInStartsPerAddress: null,
  signInProviders: [
    { id: 'github', clientId: 'Iv1.doorward', clientSecret: 'a secret of it' },
    { id: 'house', name: 'House', issuer: 'https://id.example', clientId: 'doorward', clientSecret: 'a secret of it' },
  ],
} as const
