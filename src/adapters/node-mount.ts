import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Mountable } from './mountable.ts'

/** Answers where a path is of the endpoints, and calls `next` for all others. */
export type NodeMount = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Endpoints in plain Node and in Express: `app.use(mount(oauth))`, before whatever reads bodies, for they read theirs
 * themselves. Their paths are whole ones, wherever a router cuts them.
 */
export function mount({ serves, answer }: Mountable): NodeMount {
  return (req: IncomingMessage & { readonly originalUrl?: string }, res, next) => {
    const { url = '/', originalUrl = url } = req
    if (!serves(originalUrl)) return next()
    answer(req, res)
  }
}
