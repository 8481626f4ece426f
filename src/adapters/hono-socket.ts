import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { Peer } from '../core/request.ts'
import { nodePeer } from './node-peer.ts'

/** Who is at the other end: `@hono/node-server` hands over Node's own request. */
export function socketOf(c: Context): Peer | undefined {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: Partial<IncomingMessage> }
  return incoming?.socket && nodePeer(incoming.socket)
}
