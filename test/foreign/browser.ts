import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

/** A page that a browser has arrived at. An address elsewhere is one too: nobody asks there, so it is empty. */
export interface Page {
  readonly url: URL
  /** `null` for an address elsewhere. */
  readonly status: number | null
  readonly html: string
}

/** A browser without scripts: it keeps cookies, follows redirects and fills in forms. */
export interface Browser {
  /** Goes to an address, and wherever it is led from there. */
  readonly visit: (url: string | URL) => Promise<Page>
  /** Sends the form of a page with what is in it, and these fields. `at` is a part of its action, where there are several. */
  readonly submit: (page: Page, fields: Readonly<Record<string, string>>, at?: string) => Promise<Page>
}

/** Origins where it asks; everywhere else it stops, as at the address of an application that is not running. */
export function createBrowser(...origins: readonly string[]): Browser {
  const jars = new Map<string, Map<string, string>>()

  async function go(url: URL, init: Sending = {}, left = 20): Promise<Page> {
    if (!origins.includes(url.origin)) return { url, status: null, html: '' }
    if (left === 0) throw new Error(`Too many redirects, the last one to ${url.href}`)
    const jar = jars.get(url.origin) ?? new Map<string, string>()
    jars.set(url.origin, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...navigation, ...(cookie === '' ? {} : { cookie }), ...init.headers }
    const { status, location, cookies, html } = await send(url, { ...init, headers })
    for (const line of cookies) keep(jar, line)
    if (location === null || status < 300 || status > 399) return { url, status, html }
    // RFC 9110, section 15.4: these two are sent again as they were.
    const again = status === 307 || status === 308 ? init : {}
    return go(new URL(location, url), again, left - 1)
  }

  return {
    visit: async (url) => go(new URL(url)),
    submit: async (page, given, at = '') => {
      const form = formsOf(page).find(({ action }) => action.includes(at))
      if (form === undefined) throw new Error(`${page.url.href} (${page.status}) has no such form:\n${page.html}`)
      const fields = { ...form.fields, ...given }
      const action = new URL(form.action, page.url)
      if (form.method === 'get') {
        for (const [name, value] of Object.entries(fields)) action.searchParams.set(name, value)
        return go(action)
      }
      return go(action, {
        method: 'POST',
        headers: { origin: page.url.origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
      })
    },
  }
}

/** What browsers say of themselves when somebody goes to a page (https://www.w3.org/TR/fetch-metadata/). */
const navigation = { accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

interface Answered {
  readonly status: number
  readonly location: string | null
  readonly cookies: readonly string[]
  readonly html: string
}

/** Not by `fetch`, which says that it is none. */
async function send(url: URL, { method = 'GET', headers = {}, body = '' }: Sending): Promise<Answered> {
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const sent = request(url, { method, headers: { ...headers, ...length } })
  sent.end(body)
  const [incoming] = (await once(sent, 'response')) as [IncomingMessage]
  let html = ''
  for await (const chunk of incoming.setEncoding('utf8')) html += String(chunk)
  const { location = null, 'set-cookie': cookies = [] } = incoming.headers
  return { status: incoming.statusCode ?? 0, location, cookies, html }
}

interface Sending {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (/; *max-age=0(;|$)|; *expires=thu, 01.jan.1970/i.test(line)) jar.delete(name)
  else jar.set(name, value)
}

interface Form {
  readonly action: string
  readonly method: string
  /** Its hidden fields. */
  readonly fields: Readonly<Record<string, string>>
}

function formsOf({ html, url }: Page): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/g)].map(([, tag = '', content = '']) => {
    const fields = [...content.matchAll(/<input\b([^>]*)>/g)]
      .map(([, attributes = '']) => attributes)
      .filter((attributes) => attribute(attributes, 'type') === 'hidden')
      .map((attributes) => [attribute(attributes, 'name') ?? '', attribute(attributes, 'value') ?? ''])
    return {
      action: attribute(tag, 'action') ?? url.href,
      method: (attribute(tag, 'method') ?? 'get').toLowerCase(),
      fields: Object.fromEntries(fields) as Form['fields'],
    }
  })
}

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag) ?? []
  return value?.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, entity: string) => entities[entity] ?? '')
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
