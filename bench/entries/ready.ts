import type { Server } from 'node:http'

/** Tells the run where this entry listens and what each request has to carry. */
export function ready(server: Server, headers: Readonly<Record<string, string>> = {}): void {
  const say = (): void => {
    const { port } = server.address() as { port: number }
    process.send?.({ port, headers })
  }
  if (server.listening) say()
  else server.once('listening', say)
}

export const secret = 'a-secret-of-more-than-thirty-two-characters'
