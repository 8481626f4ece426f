import type { Sealer } from '../../crypto/seal.ts'
import { clearCookie, formatCookie, readCookies } from '../../http/cookies.ts'
import type { Exchange } from '../../http/exchange.ts'

/** What a browser carries between asking for a code and showing it. */
export interface AskedCode {
  readonly handle: string
  readonly email: string
  readonly expiresAt: number
  /** Where it is to go in the end. */
  readonly next: string
}

/** The cookie for it: sealed, since it holds an address. */
export interface AskedCodeCookie {
  readonly kept: (asked: AskedCode) => readonly [string, string]
  readonly cleared: readonly [string, string]
  readonly read: (request: Pick<Exchange, 'headers'>) => AskedCode | null
}

export function createAskedCodeCookie({
  sealer,
  secure,
}: {
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  readonly secure: boolean
}): AskedCodeCookie {
  const cookie = `${secure ? '__Host-' : ''}mailcode`
  return {
    kept: (asked) => {
      // A cookie holds some four thousand characters: an address that is longer is no place that anybody typed.
      const fits = asked.next.length > 2000 ? { ...asked, next: '/' } : asked
      const value = Buffer.from(sealer.seal(purpose, Buffer.from(JSON.stringify(fits)))).toString('base64url')
      return ['set-cookie', formatCookie(cookie, value, { secure, maxAge: 900 })]
    },
    cleared: ['set-cookie', clearCookie(cookie, { secure })],
    read: ({ headers }) => {
      const [value = ''] = readCookies(headers.get('cookie'), cookie)
      const plain = sealer.open(purpose, Buffer.from(value, 'base64url'))
      return plain === null ? null : (JSON.parse(Buffer.from(plain).toString()) as AskedCode)
    },
  }
}

const purpose = 'mail code of a browser'
