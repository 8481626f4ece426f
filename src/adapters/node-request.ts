import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { AuthRequest, Peer } from '../core/request.ts'

/** What the door sees of a request of `node:http`. It reads the raw headers: Node's own view drops a doubled one. */
export class NodeRequest implements AuthRequest {
  readonly #incoming: IncomingMessage
  #authorization: string | null | undefined
  #cookie: string | null | undefined
  #peer: Peer | undefined
  readonly headers: { readonly get: (name: string) => string | null }

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming
    this.headers = { get: (name) => this.#header(name) }
  }

  get method(): string {
    return this.#incoming.method ?? 'GET'
  }

  get url(): string {
    return this.#incoming.url ?? '/'
  }

  get peer(): Peer {
    return (this.#peer ??= peerOf(this.#incoming))
  }

  readonly field = async (name: string): Promise<string | null> => {
    const { body } = this.#incoming as { readonly body?: unknown }
    if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return null
    const value = (body as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : null
  }

  /** The two headers that every authenticator asks for are found once. */
  #header(name: string): string | null {
    if (name === 'authorization') return (this.#authorization ??= find(this.#incoming.rawHeaders, name))
    if (name === 'cookie') return (this.#cookie ??= find(this.#incoming.rawHeaders, name))
    return find(this.#incoming.rawHeaders, name)
  }
}

const kept: unique symbol = Symbol('doorward.request')

/** The one view of a request: made at the first call, found again afterwards. */
export function nodeRequest(incoming: IncomingMessage & { [kept]?: NodeRequest }): NodeRequest {
  return (incoming[kept] ??= new NodeRequest(incoming))
}

/** A header by its lower-case name, doubled ones joined as RFC 9110, section 5.3 joins them (cookies: RFC 9113, 8.2.3). */
function find(raw: readonly string[], name: string): string | null {
  let found: string | null = null
  for (let index = 0; index < raw.length; index += 2) {
    const candidate = raw[index] as string
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue
    const value = raw[index + 1] as string
    found = found === null ? value : `${found}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return found
}

function peerOf({ socket }: IncomingMessage): Peer {
  const address = socket.remoteAddress ?? null
  const tls = socket as Partial<TLSSocket>
  const certificate = tls.encrypted === true ? tls.getPeerX509Certificate?.() : undefined
  if (certificate === undefined) return { address }
  return { address, certificate: { der: certificate.raw, authorized: tls.authorized === true } }
}
