import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { sql } from 'kysely'
import type { NewUser } from '../accounts/users.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import { createSafeFetch, type SafeFetch } from '../http/safe-fetch.ts'
import { createApp } from '../server/app.ts'
import { openInstance, type Instance } from '../server/instance.ts'
import { createLog } from '../server/log.ts'
import { type GivenSettings, readSettings } from '../server/settings.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { StandIn } from './stand-in.contract.ts'

/** A Doorward that listens, with the time in the hands of the test. */
export interface Site {
  readonly base: string
  readonly instance: Instance
  readonly time: { now: number }
  readonly addUser: (user: NewUser) => Promise<UserRecord>
  /** The events of the audit log with this name: who did it, to whom, and what more is said. */
  readonly events: (name: string) => Promise<readonly { actor: string; subject: string; detail: string }[]>
  readonly count: (table: string) => Promise<number>
}

export const password = 'kfwzqpxmvj'

export interface SiteOptions {
  readonly settings?: GivenSettings
  /** How providers are asked (as the settings have it). */
  readonly providerFetch?: SafeFetch
  /** Where all lines of the log go (nowhere). */
  readonly lines?: string[]
}

/** Opens one, until the suite is over. */
export async function openSite({ settings = {}, providerFetch, lines }: SiteOptions = {}): Promise<Site> {
  const time = { now: Date.now() }
  const clock = (): number => time.now
  const all = readSettings({ secret: randomBytes(32).toString('base64'), passwordConcurrency: 1, ...settings })
  const database = await openSqlite({ path: ':memory:', clock })
  const instance = await openInstance(all, {
    passwordCosts: { memoryCost: 7168, timeCost: 1 },
    database,
    clock,
    log:
      lines === undefined
        ? createLog({ level: 'silent' })
        : createLog({ level: 'debug', to: { write: (line) => void lines.push(line) } }),
    ...(providerFetch === undefined ? {} : { providerFetch }),
  })
  const server = createServer(createApp(instance).answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(async () => {
    server.close()
    server.closeAllConnections()
    await instance.close()
  })
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    instance,
    time,
    addUser: async (user) => instance.users.create({ password, ...user }),
    events: async (name) =>
      database.read
        .selectFrom('audit_events')
        .select(['actor', 'subject', 'detail'])
        .where('event', '=', name)
        .orderBy('id')
        .execute(),
    count: async (table) => {
      const { rows } = await sql<{ many: number }>`select count(*) as many from ${sql.table(table)}`.execute(
        database.read,
      )
      return Number(rows[0]?.many)
    },
  }
}

/** The settings for one provider that is a stand-in. */
export function providerAt(standIn: StandIn, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 'acme',
    name: 'Acme',
    issuer: standIn.issuer,
    clientId: standIn.clientId,
    clientSecret: 'a secret of it',
    createAccounts: true,
    ...more,
  }
}

/** Asks a stand-in for whatever is asked of one of these origins. */
export function ledTo(standIn: StandIn, ...origins: readonly string[]): SafeFetch {
  const fetch = createSafeFetch({ insecureHosts: ['127.0.0.1'], allowedAddresses: ['127.0.0.0/8'] })
  return async (url, request) => {
    const { origin, pathname, search } = new URL(url)
    assert.ok(origins.includes(origin), `asked ${origin}`)
    return fetch(standIn.origin + pathname + search, request)
  }
}

/** A page, and where it was found. */
export interface Visited {
  readonly url: URL
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** Somebody with a browser without scripts, who keeps cookies for each site and goes wherever they are sent. */
export interface Visitor {
  /** Name and value by origin. */
  readonly cookies: (origin: string) => Map<string, string>
  readonly get: (url: string) => Promise<Visited>
  /** Sends the form of a page with this id, with its unseen fields and these. */
  readonly submit: (page: Visited, form: string, fields?: Readonly<Record<string, string>>) => Promise<Visited>
  readonly post: (
    url: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Visited>
  readonly signIn: (site: Site, username: string) => Promise<Visited>
  /** Starts at the sign-in page and presses the button of the provider. */
  readonly continueWith: (site: Site, provider: string, query?: string) => Promise<Visited>
  /** Does not follow to addresses that begin so: gives them instead. */
  stopAt: string | null
}

export function visitor(): Visitor {
  const jars = new Map<string, Map<string, string>>()
  const cookies = (origin: string): Map<string, string> => {
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }

  async function send(first: string, form?: string, extra: Readonly<Record<string, string>> = {}): Promise<Visited> {
    let url = new URL(first)
    for (let hops = 0; hops < 12; hops += 1) {
      const jar = cookies(url.origin)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const body = hops === 0 ? form : undefined
      const response = await fetch(url, {
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          cookie,
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', origin: url.origin }),
          ...(hops === 0 ? extra : {}),
        },
        ...(body === undefined ? {} : { method: 'POST', body }),
      })
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        if (/; Max-Age=0(;|$)/.test(set)) jar.delete(name)
        else jar.set(name, value)
      }
      const text = await response.text()
      const refresh = /^0; url=(.*)$/.exec(response.headers.get('refresh') ?? '')?.[1]
      const location = response.headers.get('location') ?? refresh
      if (location === undefined || location === null)
        return { url, status: response.status, text, headers: response.headers }
      url = new URL(location, url)
      if (here.stopAt !== null && url.href.startsWith(here.stopAt)) {
        return { url, status: response.status, text, headers: response.headers }
      }
    }
    throw new Error(`${first} leads round and round`)
  }

  const here: Visitor = {
    cookies,
    stopAt: null,
    get: async (url) => send(url),
    post: async (url, fields, headers) => send(url, new URLSearchParams(fields).toString(), headers),
    submit: async (page, form, fields = {}) => {
      const [, tag = '', inner = ''] = new RegExp(`<form([^>]*id="${form}"[^>]*)>([^]*?)</form>`).exec(page.text) ?? []
      assert.notEqual(tag, '', `there is no form ${form} in: ${page.text}`)
      const action = unescaped(/action="([^"]*)"/.exec(tag)?.[1] ?? page.url.href)
      const hidden = [...inner.matchAll(/<input\s+type="hidden"\s+name="([^"]*)"\s+value="([^"]*)"/g)]
      const sent = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, unescaped(value)]))
      return here.post(new URL(action, page.url).href, { ...sent, ...fields })
    },
    signIn: async ({ base }, username) => {
      const page = await here.get(`${base}/accounts/login/?fresh=1`)
      return here.submit(page, 'sign-in', { username, password })
    },
    continueWith: async ({ base }, provider, query = '') => {
      const page = await here.get(`${base}/accounts/login/${query}`)
      return here.submit(page, `provider-${provider}`)
    },
  }
  return here
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

/** Who is signed in at a site in somebody's browser, `null` where nobody is. */
export async function whoIs({ base, instance }: Site, { cookies }: Visitor): Promise<string | null> {
  const value = cookies(base).get(instance.sessions.cookieName)
  return value === undefined ? null : ((await instance.sessions.find(value))?.principal.id ?? null)
}
