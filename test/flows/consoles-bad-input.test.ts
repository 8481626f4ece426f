import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { isSecretField } from '../../src/screens/ended-forms.ts'
import { type FormSeen, type Person, person } from '../../src/screens/person.contract.ts'
import { createApp } from '../../src/server/app.ts'
import { type Instance, openInstance } from '../../src/server/instance.ts'
import { readSettings } from '../../src/server/settings.ts'
import { describeStoredDatabases, type StartStoredDatabase } from '../../src/storage/databases.contract.ts'
import { crawl, withoutIds } from '../services/crawl.ts'

const long = 'x'.repeat(40_000)
/** Texts that no field asks for. */
const texts: Readonly<Record<string, string>> = {
  nothing: '',
  blanks: ' \t\r\n ',
  'very long': long,
  markup: `"><script>alert(1)</script>`,
  'a line break and a header': 'a\r\nSet-Cookie: stolen=1',
  'a direction mark and a face': '\u202Eada\u200B🙂',
  'half an escape': '%zz%00%2e%2e/',
  'the name of a property of all objects': '__proto__',
  'an address elsewhere': '//evil.example/\\@example.org',
  'a shell': '$(reboot) `reboot` \'; reboot; "',
  'a number beyond all': '9'.repeat(400),
  'a day that is none': '2026-02-31',
  'an id of nobody': 'zzzzzzzzzzz',
  'a query': `' or 1=1 --`,
}

/** Values that only JSON can hold. */
const values: readonly unknown[] = [null, true, -1, 1e308, [], [null], {}, { constructor: 1 }, long, ['a', 1, {}]]

describeStoredDatabases('bad input to the consoles', (start) => {
  it('is answered with a page that says what to do, whatever the form and the field, and never breaks anything', async () => {
    await using site = await openSite(start)
    // A form that several people see is sent by the one who may do most, and with nothing but its fields missing by the others.
    const sent = new Set<string>()
    for (const [name, who, places] of site.people) {
      const { pages, forms, queries } = await crawl(who, places)
      assert.ok(forms.length > 0, `${name} sees pages`)
      for (const page of pages) {
        site.check(`${name} GET ${page.path}`, page.status, page.text, page.headers)
        // What is known as a secret by its name is kept by no form that waits for a sign-in.
        for (const field of passwordFields(page.text)) assert.ok(isSecretField(field), `${page.path}: ${field}`)
      }
      for (const { page, form } of forms) {
        const kind = `${withoutIds(form.to || page)} ${form.fields['action'] ?? form.id}`
        const isKnown = sent.has(kind)
        sent.add(kind)
        for (const [what, body, type] of badBodies(form)) {
          if (!isKnown || what.endsWith('missing'))
            await site.send(`${name}: ${what}`, who, form.to || page, body, type)
        }
      }
      for (const { path, names } of queries) {
        if (sent.has(withoutIds(path))) continue
        sent.add(withoutIds(path))
        for (const field of new Set([...names, 'after', 'next', 'step', 'type'])) {
          for (const text of Object.values(texts).filter((one) => one !== long)) {
            await site.ask(name, who, `${path}?${new URLSearchParams({ [field]: text })}`)
          }
          await site.ask(name, who, `${path}?${field}=%00`)
          await site.ask(name, who, `${path}?${field}=%ff%fe`)
          await site.ask(name, who, `${path}?${field}=a&${field}=b`)
        }
      }
      for (const path of new Set(pages.map((page) => withoutIds(page.path)).filter((one) => one.includes(':id')))) {
        if (sent.has(path)) continue
        sent.add(path)
        for (const id of badIds) await site.ask(name, who, path.replaceAll(':id', id))
      }
    }
    assert.deepEqual(site.faults, [])
  })

  it('is refused by everything under /api/admin/ and beside it, in JSON', async () => {
    await using site = await openSite(start)
    const { paths } = (await (await fetch(`${site.base}/api/openapi.json`)).json()) as Document
    const [, root] = site.people.find(([name]) => name === 'root') ?? []
    assert.ok(root !== undefined)
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const query = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name)
        const members = membersOf(operation)
        for (const id of path.includes('{') ? badIds : ['']) {
          const at = path.replaceAll(/\{\w+\}/g, id)
          const body = method === 'get' || method === 'delete' ? undefined : '{}'
          await site.send('a bad id', root, at, body, 'application/json', method)
          for (const name of id === badIds[0] || id === '' ? query : []) {
            for (const text of Object.values(texts).filter((one, turn) => one !== long && turn % 2 === 0)) {
              await site.send(
                'a bad query',
                root,
                `${at}?${new URLSearchParams({ [name]: text })}`,
                body,
                'application/json',
                method,
              )
            }
            await site.send('a NUL', root, `${at}?${name}=%00`, body, 'application/json', method)
          }
        }
        if (members.length === 0) continue
        for (const at of site.known(path)) {
          for (const member of members) {
            for (const value of [...values, texts['very long'], texts['markup'], texts['a number beyond all'], '']) {
              await site.send(
                `a bad ${member}`,
                root,
                at,
                JSON.stringify({ [member]: value }),
                'application/json',
                method,
              )
            }
          }
          for (const body of ['', '[]', '{', '{"a":1,"a":2}', '"text"', '{"a":"\\u0000"}', `{"__proto__":{}}`]) {
            await site.send('bad JSON', root, at, body, 'application/json', method)
          }
          await site.send('a form', root, at, 'name=a', 'application/x-www-form-urlencoded', method)
          await site.send('a text', root, at, '{"name":"a"}', 'text/plain', method)
        }
      }
    }
    assert.deepEqual(site.faults, [])
  })
})

const badIds = [
  'zzzzzzzzzzz',
  '0',
  '-1',
  '9'.repeat(400),
  'x'.repeat(5000),
  '%00',
  '%2e%2e%2f',
  '%ff%fe',
  '%F0%9F%99%82',
  '%E2%80%AEada',
  '%22%3E%3Cscript%3E',
  'constructor',
]

/** A form with one field after the other gone wrong, and bodies that are no forms. */
function* badBodies(form: FormSeen): Generator<readonly [what: string, body: string, type: string]> {
  const plain = 'application/x-www-form-urlencoded'
  const proof = ['csrfmiddlewaretoken', 'once', 'action']
  const fields = { ...form.fields }
  const encoded = (changed: Readonly<Record<string, string>>): string => {
    const once = 'once' in changed ? { once: randomBytes(11).toString('hex') } : {}
    return new URLSearchParams({ ...changed, ...once }).toString()
  }
  for (const [index, field] of Object.keys(fields).entries()) {
    const { [field]: value = '', ...others } = fields
    if (proof.includes(field) || !isConfirmation(fields)) yield [`${field} missing`, encoded(others), plain]
    yield [`${field} doubled`, `${encoded(fields)}&${encoded({ [field]: value })}`, plain]
    // In turns: each form gets each text, and each field some of them.
    for (const [what, text] of Object.entries(texts).filter((_, turn) => (turn + index) % 4 === 0)) {
      yield [`${field} is ${what}`, encoded({ ...fields, [field]: text }), plain]
    }
    yield [`${field} with a NUL`, `${encoded(others)}&${field}=a%00b`, plain]
    yield [`${field} with half a character`, `${encoded(others)}&${field}=%F0%9F`, plain]
    for (const value of values.filter((_, turn) => (turn + index) % 3 === 0)) {
      yield [`${field} as JSON`, JSON.stringify({ ...fields, [field]: value }), 'application/json']
    }
  }
  const typed = Object.keys(fields).filter((field) => !proof.includes(field))
  for (const [what, text] of Object.entries(texts)) {
    const all = Object.fromEntries(typed.map((field) => [field, text]))
    if (typed.length > 0) yield [`everything is ${what}`, encoded({ ...fields, ...all }), plain]
  }
  for (const extra of ['password', 'new_password', '__proto__', 'constructor', 'row_zzzzzzzzzzz', 'scope_nothing']) {
    if (!isConfirmation(fields)) yield [`${extra} beside`, encoded({ ...fields, [extra]: 'a' }), plain]
  }
  yield ['nothing at all', '', plain]
  yield ['a hundred and one fields', Array.from({ length: 101 }, (_, index) => `f${index}=a`).join('&'), plain]
  yield ['no boundary', 'a', 'multipart/form-data']
  yield [
    'half a multipart',
    '--a\r\nContent-Disposition: form-data; name="action"\r\n\r\nsave',
    'multipart/form-data; boundary=a',
  ]
  yield ['broken JSON', '{', 'application/json']
  yield ['text', encoded(fields), 'text/plain']
}

/** Whether it has nothing that could be wrong: it would do what it says. */
function isConfirmation(fields: Readonly<Record<string, string>>): boolean {
  return Object.keys(fields).every((name) => ['csrfmiddlewaretoken', 'once', 'action'].includes(name))
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>
}
interface ApiOperation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly properties?: object } }>>
  }
}

function membersOf({ requestBody }: ApiOperation): readonly string[] {
  return Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => Object.keys(schema.properties ?? {}))
}

/** Never a fault of ours, never a stack; what is refused says so in a page with a way on, or in JSON. */
function checkAnswer(asked: string, status: number, text: string, headers: Headers): void {
  // That it is not ready is an answer: a machine that is busy enough answers so.
  assert.ok(status < 500 || / \/readyz/.test(asked), `${asked} → ${status}\n${text}`)
  const isPage = headers.get('content-type')?.startsWith('text/html') === true
  assert.doesNotMatch(text, /\n\s+at .+[:(]\d+|node:internal|SQLITE|syntax error at/, asked)
  if (isPage) assert.doesNotMatch(text, /<script>alert/, asked)
  for (const cookie of headers.getSetCookie()) assert.doesNotMatch(cookie, /^stolen=/, asked)
  if (status < 400 || text === '') return
  if (isPage) assert.match(text, /<main[^]*<\/main>/, `${asked} → ${status}\n${text}`)
  else assert.ok(Object.keys(JSON.parse(text) as object).length > 0, `${asked} → ${status} ${text}`)
}

interface Sent {
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Site extends AsyncDisposable {
  readonly base: string
  /** What was answered as it must not be. */
  readonly faults: readonly string[]
  readonly check: (asked: string, status: number, text: string, headers: Headers) => void
  readonly people: readonly (readonly [name: string, who: Person, places: readonly string[]])[]
  /** A path of the API with the ids of things that are there. */
  readonly known: (path: string) => readonly string[]
  readonly ask: (name: string, who: Person, path: string) => Promise<void>
  readonly send: (
    what: string,
    who: Person,
    path: string,
    body: string | undefined,
    type: string,
    method?: string,
  ) => Promise<void>
}

async function openSite(start: StartStoredDatabase): Promise<Site> {
  const fixture = await start()
  const database = await fixture.open()
  await database.migrate()
  const instance = await openInstance(readSettings({ ...settings, secret: randomBytes(32).toString('base64') }), {
    database,
  })
  const server = createServer(createApp(instance).answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ids = await furnish(instance)
  const signedIn = async (username: string): Promise<Person> => {
    const who = person(base)
    await who.signIn(username, password)
    return who
  }
  const own = ['/account/', '/portal/', '/accounts/']

  const faults: string[] = []
  const check: Site['check'] = (...answer) => {
    try {
      checkAnswer(...answer)
    } catch (error) {
      if (faults.length < 50) faults.push(error instanceof Error ? error.message : String(error))
    }
  }

  async function fetched(asked: string, who: Person, path: string, init: Sent): Promise<void> {
    const cookie = [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html', origin: base, 'sec-fetch-site': 'same-origin', cookie, ...init.headers }
    const response = await fetch(base + path, { ...init, headers, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (name !== 'message' && value !== '') who.cookies.set(name, value)
    }
    check(`${asked} ${path.slice(0, 300)}`, response.status, await response.text(), response.headers)
  }

  return {
    base,
    faults,
    check,
    people: [
      ['root', await signedIn('root'), [...own, '/admin/']],
      ['staff', await signedIn('grace'), [...own, '/admin/']],
      ['user', await signedIn('ada'), own],
      ['stranger', person(base), ['/accounts/login/', '/accounts/']],
    ],
    known: (path) => [path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids(path, name))],
    ask: async (name, who, path) => fetched(`${name} GET`, who, path, {}),
    send: async (what, who, path, body, type, method = 'POST') =>
      fetched(`${method} ${what} ${body?.slice(0, 500)}`, who, path, {
        method: method.toUpperCase(),
        headers: { 'content-type': type, 'x-csrftoken': who.cookies.get('csrftoken') ?? '' },
        ...(body === undefined ? {} : { body }),
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await instance.close()
      await fixture.remove()
    },
  }
}

const password = 'correct horse battery'
const settings = {
  logLevel: 'silent',
  signUp: 'open',
  emailCodes: true,
  guessesPerAddress: null,
  guessesPerAccount: null,
  guessesPerAccountAndAddress: null,
  mailsPerAddress: null,
  mailsPerAccount: null,
} as const

/** People, and something of everything. Gives the ids of what is there, by the parameters of paths. */
async function furnish(instance: Instance): Promise<(path: string, parameter: string) => string> {
  const { users, apiKeys, apiTokens, serviceAccounts, groups, oauth } = instance
  await users.create({ username: 'root', password, isStaff: true, isSuperuser: true })
  await users.create({ username: 'grace', password, isStaff: true, email: 'grace@example.org' })
  const permissions = ['clients.add', 'service_accounts.add']
  const ada = await users.create({ username: 'ada', password, email: 'ada@example.org', permissions })
  const other = await users.create({ username: 'bob', email: 'bob@example.org' })
  const by = { actor: `user:${ada.id}` }
  const owner = { kind: 'user', id: ada.id } as const
  const { record } = await apiKeys.create({ owner, name: 'Nightly', scopes: ['read'], by })
  await apiTokens.issue({ owner, name: 'laptop', by })
  const account = await serviceAccounts.create({ name: 'Deployment', ownerId: ada.id, scopes: ['read'] }, { by })
  await apiKeys.create({ owner: { kind: 'service_account', id: account.id }, name: 'runner', by })
  const group = await groups.create({ name: 'Editors', permissions: ['notes.change'] })
  await groups.add(group.id, ada.id, by)
  const { client } = await oauth.clients.create(
    { name: 'Shop', redirectUris: ['https://shop.example/cb'], scopes: ['openid', 'read'] },
    { by, owner: ada.id, source: 'portal' },
  )
  const { organisations, roles, invitations } = instance.orgs
  const limits = { allowedPermissions: ['notes.change'], allowedScopes: ['read'] }
  const acme = await organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada.id, ...limits }, by)
  await roles.create({ name: 'editor', permissions: ['notes.change'], organisationId: acme.id }, by)
  await roles.create({ name: 'reader', permissions: ['notes.view'], organisationId: null }, by)
  await invitations.create({ organisationId: acme.id, email: 'carol@example.org', standing: 'member' }, by)
  await serviceAccounts.create({ name: 'Acme runner', organisationId: acme.id, scopes: ['read'] }, { by })
  return (path, parameter) => {
    if (parameter === 'client_id') return client.id
    if (parameter === 'user') return other.id
    if (path.includes('/groups/')) return group.id
    if (path.includes('/keys/')) return path.includes('service-accounts') ? account.id : record.id
    return path.includes('service-accounts') ? account.id : other.id
  }
}

function passwordFields(text: string): readonly string[] {
  return [...text.matchAll(/<input[^>]*>/g)]
    .filter(([input]) => /type="password"|autocomplete="one-time-code"/.test(input))
    .map(([input]) => /\sname="([^"]*)"/.exec(input)?.[1] ?? '')
}
