import { RequestRefused } from '../core/errors.ts'
import { equalBytes } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'

/** Names places in lists, so that nobody else can. */
export interface Cursors {
  /** The `next` of a page: where in which list, with which filters, the next one begins. */
  readonly write: (list: string, position: string) => string
  /** Reads it again. Throws `RequestRefused` (`invalid`) for one that was made up, or is of another list or other filters. */
  readonly read: (list: string, cursor: string) => string
}

/** Makes cursors under a key, the same on every node. A cursor says nothing to whoever holds it, and holds for good. */
export function createCursors({ key }: { readonly key: Uint8Array }): Cursors {
  if (key.byteLength < 32) throw new TypeError('createCursors: key must have at least 32 bytes; take random ones.')
  const seal = (list: string, position: string): Buffer =>
    keyedDigest(key, `cursor ${JSON.stringify([list, position])}`).subarray(0, sealed)

  return {
    write: (list, position) => Buffer.concat([seal(list, position), Buffer.from(position)]).toString('base64url'),
    read: (list, cursor) => {
      const bytes = Buffer.from(cursor, 'base64url')
      const position = bytes.subarray(sealed).toString()
      // Read leniently, many texts would be one cursor.
      const isWhole = bytes.byteLength > sealed && bytes.toString('base64url') === cursor
      if (isWhole && equalBytes(bytes.subarray(0, sealed), seal(list, position))) return position
      throw new RequestRefused('invalid', undefined, { body: { after: ['It has to be the next of the page before.'] } })
    },
  }
}

/** Bytes. Nobody gets to try 2^128 of them. */
const sealed = 16
