import { X509Certificate } from 'node:crypto'
import type { ClientRow } from '../storage/schema.ts'
import { readMetadata } from './client-metadata.ts'

/**
 * When the first of what a client shows itself by ends, in milliseconds since 1970; `null`: nothing of it does. That is the old
 * secret during a rotation, and each certificate (`x5c`) and each key with an end (`exp`) of its own set. What is behind
 * `jwks_uri` is the client's to look after.
 */
export function credentialsEnd(
  row: Pick<ClientRow, 'rotation_ends_at' | 'next_secret_digest' | 'metadata'>,
): number | null {
  const keys = readMetadata(row.metadata).jwks?.keys ?? []
  const ends = [row.next_secret_digest === null ? null : row.rotation_ends_at, ...keys.flatMap(endsOf)]
  const known = ends.filter((end) => end !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function endsOf({ exp, x5c }: Readonly<Record<string, unknown>>): readonly number[] {
  const [der] = Array.isArray(x5c) ? (x5c as readonly unknown[]) : []
  return [
    ...(typeof exp === 'number' && Number.isSafeInteger(exp * 1000) ? [exp * 1000] : []),
    ...(typeof der === 'string' ? certificateEnd(der) : []),
  ]
}

/** What is no certificate is none of a client either, and is refused where it is shown. */
function certificateEnd(der: string): readonly number[] {
  try {
    return [new X509Certificate(Buffer.from(der, 'base64')).validToDate.getTime()]
  } catch {
    return []
  }
}
