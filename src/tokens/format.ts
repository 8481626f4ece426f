import { crc32Base62 } from '../crypto/base62.ts'
import { digest } from '../crypto/digest.ts'
import { randomBase62 } from '../crypto/random.ts'
import { formatId, parseId } from '../storage/id.ts'

/** What an opaque token says of itself in its second part, so that people and scanners can tell them apart. */
export const tokenKinds = {
  pat: 'a personal API token',
  live: 'an API key',
  test: 'an API key for trying things out',
  ses: 'a session',
  pend: 'a sign-in that waits for a step',
  tb: 'a browser that is trusted',
  sec: 'the secret of a client',
  at: 'an access token',
  rt: 'a refresh token',
  code: 'an authorization code',
  dev: 'a device code',
  par: 'a pushed authorization request',
  reg: 'a token that manages the registration of a client',
  init: 'a token that allows clients to register',
  set: 'a link that makes the first administrator',
  inv: 'an invitation to an organisation',
  mail: 'a link that was sent by mail',
  ask: 'what a browser holds that asked for a code by mail',
} as const

export type TokenKind = keyof typeof tokenKinds

export interface TokenFormatOptions {
  /** What every token begins with: a lower-case letter and up to nine more letters or digits (dw). */
  readonly prefix?: string
  /** Prefixes from before a change: tokens that begin with one are still read (none). */
  readonly previousPrefixes?: readonly string[]
}

/** What a token's text tells. The secret is only there as part of the digest. */
export interface ParsedToken {
  readonly kind: TokenKind
  /** Finds the row by its primary key. */
  readonly id: bigint
  /** SHA-256 of the whole text: what is stored and compared. */
  readonly digest: Uint8Array
}

export interface TokenFormat {
  readonly prefix: string
  /** Finds tokens in texts, for secret scanners and for those who clean logs. Without flags. */
  readonly pattern: RegExp
  /** Makes the token of a row, with a new secret. The text is shown once, and the digest is stored. */
  readonly make: (kind: TokenKind, id: bigint) => { readonly text: string; readonly digest: Uint8Array }
  /** Reads a token: `null` for everything that is none, a mistyped or cut-off one included, with no look-up. */
  readonly parse: (text: string) => ParsedToken | null
  /** Tells a kind by how the text begins. Cheap; what begins like a token may still be none. */
  readonly recognises: (text: string, ...kinds: readonly TokenKind[]) => boolean
  /** How a token is shown in lists, where its secret is not known any more: `dw_live_0000tIxTOxc_…`. */
  readonly mask: (kind: TokenKind, id: bigint) => string
}

/**
 * The format of all opaque tokens: `dw_<kind>_<id>_<secret><checksum>`. A double click selects it as one word. The id is 11
 * characters of base 62 and no secret, the secret 43 (256 bits), the checksum six: CRC-32 in base 62 of all before it.
 * Throws `TypeError` for a prefix that is not allowed.
 */
export function createTokenFormat({ prefix = 'dw', previousPrefixes = [] }: TokenFormatOptions = {}): TokenFormat {
  const prefixes = [prefix, ...previousPrefixes].map(checkedPrefix)
  const kinds = Object.keys(tokenKinds).join('|')
  const body = `(?:${prefixes.join('|')})_(?:${kinds})_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}`
  const whole = new RegExp(`^${body}$`)
  const longest = Math.max(...prefixes.map((one) => one.length)) + tailLength + longestKind

  return {
    prefix,
    pattern: new RegExp(String.raw`\b${body}\b`),
    make: (kind, id) => {
      const unchecked = `${prefix}_${kind}_${formatId(id)}_${randomBase62(43)}`
      const text = unchecked + crc32Base62(unchecked)
      return { text, digest: digest(text) }
    },
    parse: (text) => {
      if (typeof text !== 'string' || text.length > longest || !whole.test(text)) return null
      const end = text.length - checksumLength
      if (crc32Base62(text.slice(0, end)) !== text.slice(end)) return null
      const id = parseId(text.slice(-61, -50))
      const kind = text.slice(text.indexOf('_') + 1, -62) as TokenKind
      return id === null ? null : { kind, id, digest: digest(text) }
    },
    recognises: (text, ...wanted) =>
      prefixes.some(
        (one) => text.startsWith(`${one}_`) && wanted.some((kind) => text.startsWith(`${kind}_`, one.length + 1)),
      ),
    mask: (kind, id) => `${prefix}_${kind}_${formatId(id)}_…`,
  }
}

const checksumLength = 6
const longestKind = Math.max(...Object.keys(tokenKinds).map((kind) => kind.length))

/** Three underscores, an id, a secret and a checksum. */
const tailLength = 3 + 11 + 43 + checksumLength

function checkedPrefix(prefix: string): string {
  if (typeof prefix === 'string' && /^[a-z][a-z0-9]{0,9}$/.test(prefix)) return prefix
  throw new TypeError(
    'prefix must be a lower-case letter with up to nine lower-case letters or digits behind it, such as dw.',
  )
}
