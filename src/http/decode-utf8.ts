import { isUtf8 } from 'node:buffer'
import { RequestRefused } from '../core/errors.ts'

/**
 * Reads bytes as UTF-8, all of them: `RequestRefused` (`parse_error`) where they are none. A lenient decoder would turn
 * different bytes into the same replacement character, and so different passwords into one. A byte order mark stays.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new RequestRefused('parse_error', 'The request body is not valid UTF-8.')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
