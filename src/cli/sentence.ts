import { AuthError, Unavailable } from '../core/errors.ts'

/** What an error says to somebody at a terminal: what is wrong and what to do, and no password of an address. */
export function sentence(error: unknown): string {
  if (error instanceof Unavailable) {
    const why = error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return withoutPassword(`The database does not answer${why.replace(/\.$/, '')}. "doctor" looks into it.`)
  }
  if (error instanceof AuthError) {
    const fields = Object.entries(error.body ?? {}).map(([name, list]) => `${name}: ${String(list)}`)
    // Where there are fields, the message only repeats them or says that there are.
    return withoutPassword(fields.length === 0 ? error.message : fields.join(' '))
  }
  if (!(error instanceof Error)) return withoutPassword(String(error))
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number }
  if (code === 'EADDRINUSE') return `The port ${port} is taken. Stop what listens there, or name another: --port.`
  if (code === 'EACCES' && port !== undefined)
    return `The port ${port} may not be listened on. Name one above 1023: --port.`
  return withoutPassword(error.message)
}

/** Drivers name the address that they were given, password and all. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/:\/\/[^\s/]*@/g, '://[redacted]@')
}
