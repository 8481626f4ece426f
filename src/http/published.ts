import { digest } from '../crypto/digest.ts'
import type { Endpoint } from './exchange.ts'

export interface PublishedOptions {
  /** (application/json) */
  readonly contentType?: string
  /** For how many seconds it may be kept (300). */
  readonly maxAge?: number
}

/** Publishes JSON for everyone to read and to keep for a while: the pages of other sites too. */
export function published(
  value: () => unknown,
  { contentType = 'application/json', maxAge = 300 }: PublishedOptions = {},
): Endpoint {
  return async (request) => {
    const body = JSON.stringify(value())
    const etag = `"${digest(body).toString('base64url')}"`
    const headers: [string, string][] = [
      ['cache-control', `public, max-age=${maxAge}`],
      ['etag', etag],
      ['access-control-allow-origin', '*'],
      ['x-content-type-options', 'nosniff'],
    ]
    if (isKnown(request.headers.get('if-none-match'), etag)) return { status: 304, headers, body: '' }
    return { status: 200, headers: [['content-type', contentType], ...headers], body }
  }
}

/** RFC 9110, section 13.1.2: the weak comparison. */
function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false
  return header.split(',').some((one) => {
    const tag = one.trim()
    return tag === '*' || tag === etag || tag === `W/${etag}`
  })
}
