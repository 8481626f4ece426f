import { randomUUID } from 'node:crypto'
import type { AuthRequest, Peer } from '../core/request.ts'
import type { Answer, Exchange, FilesAs, Upload } from '../http/exchange.ts'
import { readBody } from '../http/read-body.ts'
import { answerExchange } from './answer-exchange.ts'
import type { AnswerOptions } from './answer-request.ts'
import { formFieldOf } from './form-field-of.ts'
import { bodyBounds, createRouteTable, pathOf, uploadOf } from './route.ts'

/** The same for a Web `Request`, from the same table. `peer` is who is at the other end, where the platform knows it. */
export function answerWebRequests(options: AnswerOptions): (request: Request, peer?: Peer) => Promise<Response> {
  const { onAnswered } = options
  const find = createRouteTable(options.routes)
  const answerOrRefuse = answerExchange(options)

  return async (request, peer) => {
    const started = performance.now()
    const exchange = new WebExchange(request, peer, options)
    const route = find(pathOf(exchange.url))
    exchange.upload = uploadOf(route, exchange.url)
    const answer = await answerOrRefuse(exchange, route)
    const seconds = (performance.now() - started) / 1000
    onAnswered?.({ route: route?.path ?? null, method: exchange.method, status: answer.status, seconds })
    return responseOf(answer, exchange)
  }
}

/** A request to one of our endpoints, as a Web `Request`. */
class WebExchange implements Exchange {
  readonly #request: Request
  readonly #options: Pick<AnswerOptions, 'address' | 'bodyLimit'>
  readonly peer: Peer | undefined
  /** Path and query, as `node:http` has it: what stands before is the platform's word. */
  readonly url: string
  readonly headers: AuthRequest['headers']
  readonly requestId: string = randomUUID()
  #body: Promise<Uint8Array> | undefined
  /** What it may bring, where the path is one for uploads. */
  upload: Upload | undefined

  constructor(request: Request, peer: Peer | undefined, options: Pick<AnswerOptions, 'address' | 'bodyLimit'>) {
    const { pathname, search, host } = new URL(request.url)
    this.#request = request
    this.#options = options
    this.peer = peer
    this.url = pathname + search
    const { headers } = request
    this.headers = {
      // Some platforms have it in the address alone.
      get: (name) => headers.get(name) ?? (name === 'host' ? host : null),
      keys: () => headers.keys(),
    }
  }

  get method(): string {
    return this.#request.method
  }

  get address(): string | null {
    return this.#options.address(this)
  }

  readonly body = async (): Promise<Uint8Array> =>
    (this.#body ??= readBody(this.#request, bodyBounds(this.upload, this.#options.bodyLimit)))

  get takesFiles(): FilesAs | undefined {
    return this.upload === undefined ? undefined : (this.upload.files ?? 'text')
  }

  readonly field = async (name: string): Promise<string | null> => formFieldOf(this, name)
}

function responseOf(
  { status, headers, body: text, bytes, pieces }: Answer,
  { method, requestId }: WebExchange,
): Response {
  const body = bytes ?? text
  const given = new Headers()
  for (const [name, value] of headers) given.append(name, value)
  // It is the server's own to say, and no platform lets a response carry it.
  given.delete('connection')
  if (status >= 400) given.set('x-request-id', requestId)
  // RFC 9110, section 8.6.
  const isBodyless = status === 204 || status === 304
  if (!isBodyless && pieces === undefined) given.set('content-length', String(Buffer.byteLength(body)))
  const content = pieces === undefined ? (body as BodyInit) : streamOf(text, pieces)
  return new Response(isBodyless || method === 'HEAD' ? null : content, { status, headers: given })
}

function streamOf(body: string, pieces: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const rest = pieces[Symbol.asyncIterator]()
  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode(body)),
    pull: async (controller) => {
      const { done, value } = await rest.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    cancel: async () => void (await rest.return?.()),
  })
}
