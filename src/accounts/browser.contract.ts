import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'

/** How a request differs from a plain GET of this site's own. */
export interface Sending {
  readonly method?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly address?: string
}

/** A browser, as far as it matters here: it keeps cookies and says where its requests come from. */
export interface FakeBrowser {
  /** Name and value, as it has kept them. */
  readonly cookies: Map<string, string>
  readonly get: (endpoint: Endpoint, url?: string) => Promise<Answer>
  /** Sends a form, as from a page of this site unless headers say otherwise. */
  readonly post: (endpoint: Endpoint, fields: Readonly<Record<string, string>>, sending?: Sending) => Promise<Answer>
  readonly send: (endpoint: Endpoint, sending: Sending) => Promise<Answer>
}

export const host = 'id.example'

/** Makes a browser of its own, with no cookies yet. */
export function fakeBrowser(address = '198.51.100.7'): FakeBrowser {
  const cookies = new Map<string, string>()

  async function send(endpoint: Endpoint, sending: Sending): Promise<Answer> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await endpoint(
      exchange({ address, ...sending, headers: { ...(cookie === '' ? {} : { cookie }), ...sending.headers } }),
    )
    for (const set of setCookies(answer)) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (/; Max-Age=0(;|$)/.test(set)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }

  return {
    cookies,
    send,
    get: async (endpoint, url = '/') => send(endpoint, { url }),
    post: async (endpoint, fields, sending = {}) =>
      send(endpoint, {
        method: 'POST',
        body: new URLSearchParams(fields).toString(),
        ...sending,
        headers: {
          origin: `https://${host}`,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
          ...sending.headers,
        },
      }),
  }
}

/** A request as an endpoint gets it. */
export function exchange({
  method = 'GET',
  url = '/',
  headers = {},
  body = '',
  address = '198.51.100.7',
}: Sending): Exchange {
  const all = new Headers({ host, ...headers })
  return {
    method,
    url,
    headers: { get: (name) => all.get(name) },
    address,
    requestId: 'the-request-id',
    body: async () => Buffer.from(body),
  }
}

export function setCookies({ headers }: Answer): readonly string[] {
  return headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)
}

export function headerOf({ headers }: Pick<Answer, 'headers'>, name: string): string | null {
  return headers.find(([one]) => one === name)?.[1] ?? null
}

/** What a hidden field of a page holds. */
export function hiddenIn({ body }: Answer, name: string): string {
  return new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(body)?.[1] ?? ''
}
