import type { Database } from '../storage/database.ts'
import { type ClientMetadata, readMetadata } from './client-metadata.ts'

export interface AllowedOriginsOptions {
  readonly database: Pick<Database, 'read'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Tells whether a page of this origin may call the endpoints that clients in browsers use: some active client is at home there. */
export type AllowedOrigins = (origin: string) => Promise<boolean>

/**
 * Gathers the origins of all clients, and reads them anew after ten seconds, or after one for an origin that is not among
 * them: so a new client works soon, and made-up origins cost a look-up a second at most.
 */
export function createAllowedOrigins({ database, clock = Date.now }: AllowedOriginsOptions): AllowedOrigins {
  let known: ReadonlySet<string> = new Set()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null

  async function read(): Promise<void> {
    const startedAt = clock()
    const rows = await database.read
      .selectFrom('clients')
      .select(['metadata', 'is_confidential'])
      .where('is_active', '=', 1)
      .where((is) => is.or([is('is_confidential', '=', 0), is('metadata', 'like', '%"allowedOrigins"%')]))
      .execute()
    known = new Set(rows.flatMap((row) => originsOf(readMetadata(row.metadata), row.is_confidential === 0)))
    readAt = startedAt
  }

  async function readOnce(): Promise<void> {
    reading ??= read().finally(() => {
      reading = null
    })
    await reading
  }

  return async (origin) => {
    if (origin.length > longest || !isOrigin(origin)) return false
    const age = clock() - readAt
    if (age >= oldest || (age >= soonest && !known.has(origin))) await readOnce()
    return known.has(origin)
  }
}

/** Milliseconds. */
const oldest = 10_000
const soonest = 1000

/** Characters: a name of 253, with a scheme and a port. */
const longest = 270

function originsOf({ allowedOrigins, redirectUris = [] }: ClientMetadata, isPublic: boolean): readonly string[] {
  if (allowedOrigins !== undefined) return allowedOrigins
  if (!isPublic) return []
  return redirectUris.filter((uri) => uri.startsWith('https:') && URL.canParse(uri)).map((uri) => new URL(uri).origin)
}

/** As browsers write it (RFC 6454, section 6.2): https, and http where it does not leave the machine. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { origin, protocol, hostname } = new URL(text)
  const isLoopback = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return origin === text && (protocol === 'https:' || isLoopback)
}
