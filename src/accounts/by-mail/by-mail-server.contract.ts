import assert from 'node:assert/strict'
import { digest } from '../../crypto/digest.ts'
import type { Message } from '../../mail/message.ts'
import { person, type Person, type Seen } from '../../screens/person.contract.ts'
import type { GivenSettings } from '../../server/settings.ts'
import { createTestDoorward, type TestDoorward, type TestDoorwardOptions } from '../../testing/test-doorward.ts'
import { codeIn, linkIn } from './by-mail.contract.ts'

/** A whole server whose mail can be read, and people who use it. */
export interface MailedServer extends AsyncDisposable {
  readonly doorward: TestDoorward
  readonly base: string
  readonly visitor: () => Person
  /** The messages that wait, newest first. */
  readonly mails: () => Promise<readonly Message[]>
  /** The path of the link in the newest message of a kind. */
  readonly link: (kind: string) => Promise<string>
  readonly code: () => Promise<string>
  /** Sends JSON, with the cookies of a visitor where one is given. */
  readonly json: (path: string, body: unknown, options?: JsonOptions) => Promise<JsonSeen>
}

type OpenDatabase = Pick<TestDoorwardOptions, 'openDatabase'>

export interface JsonOptions {
  readonly method?: string
  readonly as?: Person
  readonly headers?: Readonly<Record<string, string>>
}

export interface JsonSeen {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Headers
}

/** On SQLite in memory, unless `on` opens another database. */
export async function mailedServer(settings: GivenSettings = {}, on: OpenDatabase = {}): Promise<MailedServer> {
  const all = { mailsPerAddress: null, mailsPerAccount: null, ...settings }
  const doorward = await createTestDoorward({ settings: all, ...on })
  const base = await doorward.listen()
  const mails = async () => (await doorward.instance.mail.outbox.list()).map(({ message }) => message)
  return {
    doorward,
    base,
    visitor: () => person(base),
    mails,
    link: async (kind) => {
      const url = linkIn((await mails()).find((mail) => mail.kind === kind))
      assert.notEqual(url, '', `no mail of the kind ${kind}`)
      return url.replace(/^https?:\/\/[^/]+/, '')
    },
    code: async () => codeIn((await mails()).find(({ kind }) => kind === 'sign_in_code')),
    json: async (path, body, { method = 'POST', as, headers = {} } = {}) => {
      const cookie = [...(as?.cookies ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...(cookie === '' ? {} : { cookie }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        redirect: 'manual',
      })
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        if (/; Max-Age=0(;|$)/.test(set)) as?.cookies.delete(name)
        else as?.cookies.set(name, value)
      }
      const text = await response.text()
      return {
        status: response.status,
        body: text === '' ? {} : (JSON.parse(text) as JsonSeen['body']),
        headers: response.headers,
      }
    },
    [Symbol.asyncDispose]: doorward.close,
  }
}

/** One that mails codes to sign in with, and has the user `ada`. */
export async function codeServer(on: OpenDatabase = {}): Promise<MailedServer> {
  const server = await mailedServer({ emailCodes: true }, on)
  await server.doorward.users.create({
    username: 'ada',
    email: 'ada@example.org',
    password: 'correct horse battery',
    emailVerified: true,
  })
  return server
}

/** Whether a person is signed in, and as whom. */
export async function whoIs(one: Person): Promise<string | null> {
  const page = await one.get('/accounts/login/')
  return /Signed in as|You are signed in/i.test(page.text)
    ? (/<strong[^>]*>(?:<bdi>)?([^<]*)/.exec(page.text)?.[1] ?? '')
    : null
}

/**
 * What makes two answers the same to whoever gets them, without what is random in each and what they typed. The text as a
 * digest: two pages side by side tell nobody anything.
 */
export function alike({ status, path, text, headers }: Seen, typed = ''): unknown {
  const plain = [typed, encodeURIComponent(typed)].reduce(
    (rest, one) => (one === '' ? rest : rest.replaceAll(one, '…')),
    text.replaceAll(/value="[^"]*"|<time [^>]*>[^<]*<\/time>/g, ''),
  )
  return {
    status,
    path,
    text: digest(plain).toString('hex'),
    length: text.length,
    headers: [...headers.keys()].toSorted(),
  }
}

/** The fields that an answer finds fault with. */
export function faultsOf({ body }: JsonSeen): readonly string[] {
  return Object.keys(body).filter((name) => name !== 'detail' && name !== 'code')
}
