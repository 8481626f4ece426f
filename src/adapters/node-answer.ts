import type { ServerResponse } from 'node:http'
import type { Refusal } from '../core/refusal.ts'
import { groupedHeaders } from './grouped-headers.ts'

/** Writes a refusal in place of whatever a handler had prepared. Too late for that, the connection is cut. */
export function writeRefusal(res: ServerResponse, { status, headers, body }: Refusal): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  for (const name of ofTheBody) res.removeHeader(name)
  const length: [string, string] = ['content-length', String(Buffer.byteLength(body))]
  res.writeHead(status, [length, ...groupedHeaders(headers)].flat(1))
  res.end(body)
}

/** Headers that tell about a body that is not sent now (RFC 9110, section 8). */
const ofTheBody = [
  'content-encoding',
  'content-language',
  'content-location',
  'content-range',
  'etag',
  'last-modified',
  'transfer-encoding',
]

/** Puts the headers of a let-in request on its answer, before a handler writes it. */
export function setHeaders(res: ServerResponse, headers: Refusal['headers']): void {
  for (const [name, value] of headers) res.setHeader(name, value)
}
