import type { AuthRequest } from '../core/request.ts'
import type { Sealer } from '../crypto/seal.ts'
import { clearCookie, formatCookie, readCookies } from '../http/cookies.ts'

export interface KeptFormsOptions {
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Which form it was: of a page, in a sign-in. Nobody else gets it back, and no other page. */
export interface FormPlace {
  readonly signInId: string
  /** With its query. */
  readonly page: string
  /** When its sender last proved who they are, in milliseconds: a form comes back once that is after it was sent. */
  readonly provedAt: number
}

/** What somebody had typed into a form when they were asked to prove again who they are. */
export interface KeptForms {
  /** The `Set-Cookie` value that keeps it, sealed, for ten minutes; `null` where it is more than a cookie holds. */
  readonly keep: (place: FormPlace, fields: Readonly<Record<string, string>>) => string | null
  /** What was kept for this place, `null` where nothing was. */
  readonly read: (request: Pick<AuthRequest, 'headers'>, place: FormPlace) => Readonly<Record<string, string>> | null
  /** The `Set-Cookie` value that takes it away. */
  readonly clear: () => string
}

/** In a cookie, so that the server keeps nothing: sealed, since there may be passwords in it. */
export function createKeptForms({ sealer, secure = true, clock = Date.now }: KeptFormsOptions): KeptForms {
  const name = `${secure ? '__Host-' : ''}keptform`

  return {
    keep: ({ signInId, page }, fields) => {
      const plain = Buffer.from(JSON.stringify([signInId, page, Math.floor(clock()) + lifetime * 1000, fields]))
      const text = Buffer.from(sealer.seal(purpose, plain)).toString('base64url')
      return text.length > longest ? null : formatCookie(name, text, { secure, maxAge: lifetime })
    },

    read: ({ headers }, { signInId, page, provedAt }) => {
      for (const value of readCookies(headers.get('cookie'), name).slice(0, 3)) {
        const plain = sealer.open(purpose, Buffer.from(value, 'base64url'))
        if (plain === null) continue
        const kept = JSON.parse(Buffer.from(plain).toString('utf8')) as Kept
        const isTheirs = kept[0] === signInId && kept[1] === page
        if (isTheirs && clock() < kept[2] && provedAt >= kept[2] - lifetime * 1000) return kept[3]
      }
      return null
    },

    clear: () => clearCookie(name, { secure }),
  }
}

type Kept = readonly [signInId: string, page: string, until: number, fields: Readonly<Record<string, string>>]

const purpose = 'kept form'

/** Seconds, as long as a proof is fresh. */
const lifetime = 600

/** Browsers drop a cookie of more than 4,096 bytes. */
const longest = 3900
