import type { IncomingMessage } from 'node:http'
import type { AuthRequest, Peer } from '../core/request.ts'
import { formField } from './form-field.ts'
import { nodePeer } from './node-peer.ts'

/**
 * What the door sees of a request of `node:http`, and of the frameworks that build on it. Nothing is copied, and nothing read
 * before it is asked for. Headers come from the raw ones, because Node's own view drops a doubled `Authorization`.
 */
export class NodeRequest implements AuthRequest {
  readonly #incoming: Incoming
  #authorization: string | null | undefined = undefined
  #cookie: string | null | undefined = undefined
  #peer: Peer | null | undefined = null
  /** Where a framework keeps the parsed form elsewhere than in `body` of Node's request (none). */
  ownField: AuthRequest['field'] = undefined

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming
  }

  get method(): string {
    return this.#incoming.method ?? 'GET'
  }

  /** As it was sent. Express cuts the path where a router is mounted, and keeps the whole in `originalUrl`. */
  get url(): string {
    return this.#incoming.originalUrl ?? this.#incoming.url ?? '/'
  }

  /** The request itself reads its headers, which spares an object for each. */
  get headers(): this {
    return this
  }

  get peer(): Peer | undefined {
    if (this.#peer === null) this.#peer = nodePeer(this.#incoming.socket)
    return this.#peer
  }

  get field(): AuthRequest['field'] {
    return this.ownField ?? formField(this.#incoming.body)
  }

  /** A header by its lower-case name. The two that most authenticators ask for are looked for once. */
  get(name: string): string | null {
    const raw = this.#incoming.rawHeaders
    if (name === 'authorization') {
      if (this.#authorization === undefined) this.#authorization = headerOf(raw, name, ', ')
      return this.#authorization
    }
    // HTTP/2 has the host in a field of its own (RFC 9113, section 8.3.1), which HTTP/1.1 cannot send.
    if (name === 'host') return headerOf(raw, name, ', ') ?? headerOf(raw, ':authority', ', ')
    if (name !== 'cookie') return headerOf(raw, name, ', ')
    if (this.#cookie === undefined) this.#cookie = headerOf(raw, name, '; ')
    return this.#cookie
  }

  /** The names of all headers, as they were sent. */
  keys(): Iterable<string> {
    return namesIn(this.#incoming.rawHeaders)
  }
}

/** Names and values take turns in them. */
function* namesIn(raw: readonly string[]): Iterable<string> {
  for (let index = 0; index < raw.length; index += 2) yield raw[index] as string
}

/** The one `NodeRequest` of a request: made at the first call, found again after. */
export function nodeRequest(incoming: IncomingMessage & { [made]?: NodeRequest }): NodeRequest {
  return (incoming[made] ??= new NodeRequest(incoming))
}

const made: unique symbol = Symbol('doorward.request')

interface Incoming extends IncomingMessage {
  readonly originalUrl?: string
  readonly body?: unknown
}

/** Doubled headers are joined (RFC 9110, section 5.3; cookies by RFC 9113, section 8.2.3). Few names share a length. */
function headerOf(raw: readonly string[], name: string, separator: string): string | null {
  let found: string | null = null
  for (let index = 0; index < raw.length; index += 2) {
    const candidate = raw[index] as string
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue
    const value = raw[index + 1] as string
    found = found === null ? value : found + separator + value
  }
  return found
}
