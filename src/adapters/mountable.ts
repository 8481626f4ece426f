import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Peer } from '../core/request.ts'

/** Endpoints that stand in an application beside its own: an authorization server, or a whole Doorward. */
export interface Mountable {
  /** Whether a request target is of one of them. */
  readonly serves: (url: string) => boolean
  readonly answer: (req: IncomingMessage, res: ServerResponse) => void
  readonly respond: (request: Request, peer?: Peer) => Promise<Response>
}
