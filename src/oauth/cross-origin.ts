import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import type { AllowedOrigins } from './allowed-origins.ts'

export interface CrossOriginOptions {
  readonly isAllowed: AllowedOrigins
}

/** Endpoints by method, in upper case. */
export type Methods = Readonly<Record<string, Endpoint>>

/**
 * Opens endpoints to scripts of pages elsewhere (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol): to those of
 * origins where a client is at home, and to no others. Cookies never count there, so that a page can only use what it
 * holds itself.
 */
export function crossOrigin({ isAllowed }: CrossOriginOptions): (methods: Methods) => Methods {
  async function headersFor(request: Exchange, more: Answer['headers']): Promise<Answer['headers']> {
    const origin = request.headers.get('origin')
    if (origin === null || !(await isAllowed(origin))) return toNobody
    return [['vary', 'Origin'], ['access-control-allow-origin', origin], ...more]
  }

  const opened =
    (endpoint: Endpoint): Endpoint =>
    async (request) => {
      const answer = await endpoint(request)
      // Most requests are from no browser.
      const more = request.headers.get('origin') === null ? toNobody : await headersFor(request, exposed)
      return { ...answer, headers: [...answer.headers, ...more] }
    }

  function preflight(names: string): Endpoint {
    const granted = [
      ['access-control-allow-methods', names],
      ['access-control-allow-headers', 'authorization, content-type, dpop'],
      ['access-control-max-age', '600'],
    ] as const
    return async (request) => ({
      status: 204,
      headers: [['allow', `${names}, OPTIONS`], ...(await headersFor(request, granted))],
      body: '',
    })
  }

  return (methods) => ({
    ...Object.fromEntries(Object.entries(methods).map(([name, endpoint]) => [name, opened(endpoint)])),
    OPTIONS: preflight(Object.keys(methods).join(', ')),
  })
}

const toNobody: Answer['headers'] = [['vary', 'Origin']]

/** What a script may read of an answer: a nonce for its next proof, and why it was refused (RFC 9449, section 8.1). */
const exposed: Answer['headers'] = [['access-control-expose-headers', 'DPoP-Nonce, WWW-Authenticate']]
