import type { Server } from 'node:http'

/** What each request to an entry is like. */
export interface Asking {
  readonly port: number
  readonly headers?: Readonly<Record<string, string>>
  /** (/) */
  readonly path?: string
  /** A form; with `script`, what the values of that script are put behind (a GET without a body). */
  readonly body?: string
  /** What an answer has to hold, as an entry that refuses would look fast (ada). */
  readonly expect?: string
  /** Which of the scripts in `wrk/` makes the requests (post.lua for a form, none otherwise). */
  readonly script?: 'refresh' | 'code-flow'
  /** Refresh tokens to begin with: half of them for warming up. */
  readonly tokens?: readonly string[]
  /** The authorization request of the code flow: path and query. */
  readonly authorize?: string
}

/** Tells the run where this entry listens and what each request has to carry. */
export function ready(server: Server, headers: Readonly<Record<string, string>> = {}): void {
  const say = (): void => readyAt({ port: (server.address() as { port: number }).port, headers })
  if (server.listening) say()
  else server.once('listening', say)
}

export function readyAt(asking: Asking): void {
  process.send?.(asking)
}

export const secret = 'a-secret-of-more-than-thirty-two-characters'
