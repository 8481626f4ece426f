import { clearCookie, formatCookie, readCookies } from '../http/cookies.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import type { Sealer } from '../crypto/seal.ts'
import { isSameIdentifier } from './identifier.ts'

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

  function keptIn({ headers }: Pick<Exchange, 'headers'>): readonly Kept[] {
    for (const value of readCookies(headers.get('cookie'), cookieName).slice(0, 3)) {
      const plain = sealer.open(purpose, Buffer.from(value, 'base64url'))
      if (plain === null) continue
      return (JSON.parse(Buffer.from(plain).toString()) as readonly Kept[]).filter(([, until]) => until > clock())
    }
    return []
  }

  function cookieFor(kept: readonly Kept[]): Answer['headers'][number] {
    if (kept.length === 0) return ['set-cookie', clearCookie(cookieName, { secure })]
    const value = Buffer.from(sealer.seal(purpose, Buffer.from(JSON.stringify(kept)))).toString('base64url')
    const maxAge = Math.ceil((Math.max(...kept.map(([, until]) => until)) - clock()) / 1000)
    return ['set-cookie', formatCookie(cookieName, value, { secure, maxAge })]
  }

  const without = (request: Pick<Exchange, 'headers'>, name: string): readonly Kept[] =>
    keptIn(request).filter(([one]) => !isSameIdentifier(one, name))

  return {
    namesIn: (request) => keptIn(request).map(([name]) => name),
    adding: (request, name) => {
      const first: Kept = [name, Math.floor(clock()) + lifetime * 1000]
      const all = [first, ...without(request, name)].slice(0, most)
      // A cookie holds 4,096 bytes, and a name may be long.
      while (Buffer.byteLength(JSON.stringify(all)) > room) all.pop()
      return cookieFor(all)
    },
    has: (request, name) => keptIn(request).some(([one]) => isSameIdentifier(one, name)),
    removing: (request, name) => cookieFor(without(request, name)),
  }
}

/** A name, and until when it is offered, in milliseconds since 1970: the others do not keep it there. */
type Kept = readonly [name: string, until: number]

const purpose = 'remembered account names'

/** Seconds after somebody last signed in so: half a year. */
const lifetime = 15_552_000

const most = 5
const room = 2000
