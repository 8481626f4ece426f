import { clearCookie, formatCookie, readCookies } from '../http/cookies.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import type { Sealer } from '../crypto/seal.ts'

export interface RememberedAccountsOptions {
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The names under which people sign in to this browser, so that they can be chosen there: for those alone who wanted that. They
 * stand in a cookie that is sealed, and in no table. A name lets nobody in: whoever chooses one proves who they are as always.
 */
export interface RememberedAccounts {
  /** The last one first. Nothing for a cookie that is not ours, or too old. */
  readonly namesIn: (request: Pick<Exchange, 'headers'>) => readonly string[]
  /** The header by which the browser has this name, first of all. */
  readonly adding: (request: Pick<Exchange, 'headers'>, name: string) => Answer['headers'][number]
  readonly has: (request: Pick<Exchange, 'headers'>, name: string) => boolean
  readonly removing: (request: Pick<Exchange, 'headers'>, name: string) => Answer['headers'][number]
}

export function createRememberedAccounts(options: RememberedAccountsOptions): RememberedAccounts {
  const { sealer, secure = true, clock = Date.now } = options
  const cookieName = `${secure ? '__Host-' : ''}accounts`

  function namesIn({ headers }: Pick<Exchange, 'headers'>): readonly string[] {
    for (const value of readCookies(headers.get('cookie'), cookieName).slice(0, 3)) {
      const plain = sealer.open(purpose, Buffer.from(value, 'base64url'))
      if (plain === null) continue
      const { names, until } = JSON.parse(Buffer.from(plain).toString()) as Kept
      return until > clock() ? names : []
    }
    return []
  }

  function cookieFor(names: readonly string[]): Answer['headers'][number] {
    if (names.length === 0) return ['set-cookie', clearCookie(cookieName, { secure })]
    const kept: Kept = { names, until: clock() + lifetime * 1000 }
    const value = Buffer.from(sealer.seal(purpose, Buffer.from(JSON.stringify(kept)))).toString('base64url')
    return ['set-cookie', formatCookie(cookieName, value, { secure, maxAge: lifetime })]
  }

  return {
    namesIn,
    adding: (request, name) => {
      const all = [name, ...namesIn(request).filter((one) => !isSame(one, name))].slice(0, most)
      // A cookie holds 4,096 bytes, and a name may be long.
      while (all.length > 1 && Buffer.byteLength(JSON.stringify(all)) > room) all.pop()
      return cookieFor(Buffer.byteLength(JSON.stringify(all)) > room ? [] : all)
    },
    has: (request, name) => namesIn(request).some((one) => isSame(one, name)),
    removing: (request, name) => cookieFor(namesIn(request).filter((one) => !isSame(one, name))),
  }
}

interface Kept {
  readonly names: readonly string[]
  /** In milliseconds since 1970. */
  readonly until: number
}

const purpose = 'remembered accounts'

/** Seconds after somebody last signed in so: half a year. */
const lifetime = 15_552_000

const most = 5
const room = 2000

function isSame(one: string, other: string): boolean {
  return one.normalize('NFKC').toLowerCase() === other.normalize('NFKC').toLowerCase()
}
