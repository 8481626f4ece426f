import { randomUUID } from 'node:crypto'
import { pipeline, Readable } from 'node:stream'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { nodeRequest } from '../adapters/node-request.ts'
import type { AuthRequest, ClientAddress } from '../core/request.ts'
import type { Answer, Exchange, FilesAs, Upload } from '../http/exchange.ts'
import { readBody } from '../http/read-body.ts'
import { answerExchange, type AnswerExchangeOptions } from './answer-exchange.ts'
import { formFieldOf } from './form-field-of.ts'
import { bodyBounds, createRouteTable, pathOf, type Route, uploadOf } from './route.ts'

export interface AnswerOptions extends AnswerExchangeOptions {
  readonly routes: readonly Route[]
  readonly address: ClientAddress
  /** The largest body, in bytes. */
  readonly bodyLimit: number
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
  const { log, onAnswered } = options
  const find = createRouteTable(options.routes)
  const answerOrRefuse = answerExchange(options)

  return (incoming, outgoing) => {
    const started = performance.now()
    const exchange = new NodeExchange(incoming, options)
    const route = find(pathOf(exchange.url))
    exchange.upload = uploadOf(route, exchange.url)
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
}

/** A request to one of our endpoints, over `node:http`. */
class NodeExchange implements Exchange {
  readonly #incoming: IncomingMessage
  readonly #options: Pick<AnswerOptions, 'address' | 'bodyLimit'>
  readonly #request: AuthRequest
  #body: Promise<Uint8Array> | undefined
  /** What it may bring, where the path is one for uploads. */
  upload: Upload | undefined
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
    (this.#body ??= readBody(this.#incoming, bodyBounds(this.upload, this.#options.bodyLimit)))

  get takesFiles(): FilesAs | undefined {
    return this.upload === undefined ? undefined : (this.upload.files ?? 'text')
  }

  readonly field = async (name: string): Promise<string | null> => formFieldOf(this, name)
}

function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers, body: text, bytes, pieces }: Answer,
  exchange: NodeExchange,
): void {
  const body = bytes ?? text
  const flat: string[] = []
  for (const [name, value] of headers) flat.push(name, value)
  if (status >= 400) flat.push('x-request-id', exchange.requestId)
  // A body that was not read would be taken for the next request on this connection.
  if (!incoming.complete && mayHaveBody(incoming)) flat.push('connection', 'close')
  // RFC 9110, section 8.6: neither has a body, and a length would be that of another answer.
  if (status !== 204 && status !== 304 && pieces === undefined) {
    flat.push('content-length', String(Buffer.byteLength(body)))
  }
  outgoing.writeHead(status, flat)
  if (pieces === undefined || exchange.method === 'HEAD') {
    outgoing.end(exchange.method === 'HEAD' ? undefined : body)
    return
  }
  outgoing.write(body)
  pipeline(Readable.from(pieces), outgoing, (error) => {
    if (error) outgoing.destroy()
  })
}

function mayHaveBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
