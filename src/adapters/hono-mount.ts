import type { Context, MiddlewareHandler } from 'hono'
import type { Peer } from '../core/request.ts'
import { socketOf } from './hono-socket.ts'
import type { Mountable } from './mountable.ts'

export interface HonoMountOptions {
  /** Who is at the other end, where Hono does not run on Node (nobody knows). Never take it from a header. */
  readonly peer?: (c: Context) => Peer | undefined
}

/**
 * Endpoints in Hono: `app.use(mount(oauth))`, before whatever reads bodies, for they read theirs themselves. What is not one
 * of their paths goes on.
 */
export function mount({ serves, respond }: Mountable, { peer }: HonoMountOptions = {}): MiddlewareHandler {
  return async (c, next) => {
    const { raw } = c.req
    if (!serves(raw.url)) return next()
    return respond(raw, socketOf(c) ?? peer?.(c))
  }
}
