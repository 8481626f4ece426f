import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { nodeRequest } from '../adapters/node-request.ts'
import type { Auth } from '../core/auth.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import type { AuthRequest, ClientAddress } from '../core/request.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { parseBody } from '../http/parse-body.ts'
import { readBody } from '../http/read-body.ts'
import type { Logger } from './log.ts'
import { allowed, createRouteTable, type Route } from './route.ts'

export interface AnswerOptions {
  readonly routes: readonly Route[]
  readonly auth: Pick<Auth, 'refusal' | 'headers'>
  /** Throws for a request that is not to be looked at, such as one for a host that is not served. */
  readonly check: (request: AuthRequest) => void
  readonly address: ClientAddress
  /** The largest body, in bytes. */
  readonly bodyLimit: number
  readonly log: Logger
  /** Hears of each answer: `route` is a path of the table, or `null`; `seconds` is how long it took. */
  readonly onAnswered?: (answered: {
    readonly route: string | null
    readonly method: string
    readonly status: number
    readonly seconds: number
  }) => void
}

/** Answers requests of `node:http` from a table of routes. Whatever goes wrong becomes an answer, never a hang. */
export function answerRequests(options: AnswerOptions): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const { auth, check, log, onAnswered } = options
  const find = createRouteTable(options.routes)

  return (incoming, outgoing) => {
    const started = performance.now()
    const exchange = new NodeExchange(incoming, options)
    const route = find(pathOf(incoming.url ?? '/'))
    void respond(incoming, outgoing, exchange, route, started)
  }

  async function respond(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    exchange: NodeExchange,
    route: Route | null,
    started: number,
  ): Promise<void> {
    try {
      const result = await answerOrRefuse(exchange, route)
      send(incoming, outgoing, result, exchange)
      const seconds = (performance.now() - started) / 1000
      onAnswered?.({ route: route?.path ?? null, method: exchange.method, status: result.status, seconds })
    } catch (error) {
      log.error({ err: error, requestId: exchange.requestId }, 'an answer could not be sent')
      outgoing.destroy()
    }
  }

  async function answerOrRefuse(exchange: NodeExchange, route: Route | null): Promise<Answer> {
    try {
      return await answer(exchange, route)
    } catch (error) {
      return refuse(exchange, error, route)
    }
  }

  async function answer(exchange: NodeExchange, route: Route | null): Promise<Answer> {
    check(exchange)
    if (route === null) throw new RequestRefused('not_found')
    await route.guard?.(exchange)
    const { method } = exchange
    const endpoint = route.methods[method] ?? (method === 'HEAD' ? route.methods['GET'] : undefined)
    if (endpoint !== undefined) {
      const result = await endpoint(exchange)
      const more = (route.door ?? auth).headers(exchange)
      return more.length === 0 ? result : { ...result, headers: [...result.headers, ...more] }
    }
    if (method === 'OPTIONS') return { status: 204, headers: [['allow', allowed(route)]], body: '' }
    throw new RequestRefused('method_not_allowed', undefined, { headers: { allow: allowed(route) } })
  }

  function refuse(exchange: NodeExchange, error: unknown, route: Route | null): Answer {
    const door = route?.door ?? auth
    if (error instanceof AuthError) {
      if (error.status >= 500) log.warn({ err: error, requestId: exchange.requestId }, 'refused for want of something')
      return door.refusal(exchange, error)
    }
    log.error(
      { err: error, requestId: exchange.requestId, method: exchange.method, path: pathOf(exchange.url) },
      'a fault',
    )
    return door.refusal(exchange, error)
  }
}

/** A request to one of our endpoints, over `node:http`. */
class NodeExchange implements Exchange {
  readonly #incoming: IncomingMessage
  readonly #options: Pick<AnswerOptions, 'address' | 'bodyLimit'>
  readonly #request: AuthRequest
  #body: Promise<Uint8Array> | undefined
  #requestId: string | undefined

  constructor(incoming: IncomingMessage, options: Pick<AnswerOptions, 'address' | 'bodyLimit'>) {
    this.#incoming = incoming
    this.#options = options
    this.#request = nodeRequest(incoming)
  }

  get method(): string {
    return this.#request.method
  }

  get url(): string {
    return this.#request.url
  }

  get headers(): AuthRequest['headers'] {
    return this.#request.headers
  }

  get peer(): AuthRequest['peer'] {
    return this.#request.peer
  }

  get address(): string | null {
    return this.#options.address(this)
  }

  get requestId(): string {
    return (this.#requestId ??= randomUUID())
  }

  readonly body = async (): Promise<Uint8Array> =>
    (this.#body ??= readBody(this.#incoming, { limit: this.#options.bodyLimit }))

  /** A field of a form body: only forms are looked into, and a body that cannot be read has no fields. */
  readonly field = async (name: string): Promise<string | null> => {
    const type = this.headers.get('content-type')
    if (type === null || !/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return null
    const fields = await parseBody(type, await this.body())
    const value = Object.hasOwn(fields, name) ? fields[name] : null
    return typeof value === 'string' ? value : null
  }
}

function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers, body }: Answer,
  exchange: NodeExchange,
): void {
  const flat: string[] = []
  for (const [name, value] of headers) flat.push(name, value)
  if (status >= 400) flat.push('x-request-id', exchange.requestId)
  // A body that was not read would be taken for the next request on this connection.
  if (!incoming.complete && mayHaveBody(incoming)) flat.push('connection', 'close')
  // RFC 9110, section 8.6: neither has a body, and a length would be that of another answer.
  if (status !== 204 && status !== 304) flat.push('content-length', String(Buffer.byteLength(body)))
  outgoing.writeHead(status, flat)
  outgoing.end(exchange.method === 'HEAD' ? undefined : body)
}

function mayHaveBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The path of a request target: before any query, of the absolute form too (RFC 9112, section 3.2.2). */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  const target = end === -1 ? url : url.slice(0, end)
  return target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}
