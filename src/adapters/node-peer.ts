import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Peer } from '../core/request.ts'

/**
 * The other end of a connection, found once for all its requests, or `undefined` where nobody can tell any more. A TCP
 * connection that was reset has no address, as one by a Unix socket has none, and the two must not be taken for each other:
 * proxies that are trusted come by the latter.
 */
export function nodePeer(socket: Socket & { [kept]?: Peer }): Peer | undefined {
  if (socket[kept] !== undefined) return socket[kept]
  const address = socket.remoteAddress ?? null
  return address === null && !isUnix(socket) ? undefined : (socket[kept] = new NodePeer(socket, address))
}

const kept: unique symbol = Symbol('doorward.peer')

/** Asks the TLS layer for the certificate when somebody wants it. A server may ask for one later than at the beginning. */
class NodePeer implements Peer {
  readonly address: string | null
  readonly #socket: Socket
  #certificate: Peer['certificate'] = undefined

  constructor(socket: Socket, address: string | null) {
    this.address = address
    this.#socket = socket
  }

  get certificate(): Peer['certificate'] {
    return (this.#certificate ??= certificateOf(this.#socket))
  }
}

function certificateOf(socket: Socket): Peer['certificate'] {
  const { authorized, getPeerX509Certificate } = socket as Socket & Partial<Tls>
  const certificate = getPeerX509Certificate?.call(socket)
  return certificate && { der: certificate.raw, authorized: authorized === true }
}

/** Node tells by the server's address, which is a path then, or by the handle, where the server was given an open one. */
function isUnix(socket: Socket & Inner): boolean {
  return typeof socket.server?.address?.() === 'string' || socket._handle?.constructor.name === 'Pipe'
}

type Tls = Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate'>

interface Inner {
  readonly server?: { readonly address?: () => unknown } | null
  readonly _handle?: object | null
}
