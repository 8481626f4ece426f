import type { Peer } from '../core/request.ts'
import type { Mountable } from './mountable.ts'

export interface WebMountOptions<Platform extends readonly unknown[]> {
  /** Who is at the other end, from what the platform hands over (nobody knows). Never take it from a header. */
  readonly peer?: (request: Request, ...platform: Platform) => Peer | undefined
}

/** Endpoints on anything that speaks `Request`: answers where a path is of them, and with `null` for all others. */
export function mount<Platform extends readonly unknown[] = []>(
  { serves, respond }: Mountable,
  { peer }: WebMountOptions<Platform> = {},
): (request: Request, ...platform: Platform) => Promise<Response | null> {
  return async (request, ...platform) => (serves(request.url) ? respond(request, peer?.(request, ...platform)) : null)
}
