import { RequestRefused } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Answer } from '../http/exchange.ts'
import type { BodyFields } from '../http/parse-body.ts'
import { clearCookie, formatCookie, readCookies } from '../http/cookies.ts'

export interface KeptFormsOptions {
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  /** In which one waits, `__Host-` before it over https (keptform). */
  readonly cookieName?: string
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Which form it was: whose, and of which page. Nobody else gets it back, and no other page. */
export interface FormPlace {
  /** The id of the sign-in that sent it, or what else tells whose it is. */
  readonly owner: string
  /** With its query. */
  readonly page: string
  /** When its sender last proved who they are, in milliseconds: a form comes back once that is after it was sent. */
  readonly provedAt: number
}

/** What somebody had typed into a form when they were asked to prove again who they are, or to sign in again. */
export interface KeptForms {
  readonly cookieName: string
  /** The `Set-Cookie` value that keeps it, sealed, for ten minutes; `null` where it is more than a cookie holds. */
  readonly keep: (place: Omit<FormPlace, 'provedAt'>, fields: Readonly<Record<string, string>>) => string | null
  /** What was kept for this place, `null` where nothing was. */
  readonly read: (request: Pick<AuthRequest, 'headers'>, place: FormPlace) => Readonly<Record<string, string>> | null
  /** The `Set-Cookie` value that takes it away. */
  readonly clear: () => string
}

/** In a cookie, so that the server keeps nothing: sealed, since there may be passwords in it. */
export function createKeptForms(options: KeptFormsOptions): KeptForms {
  const { sealer, secure = true, clock = Date.now } = options
  const cookieName = `${secure ? '__Host-' : ''}${options.cookieName ?? 'keptform'}`

  return {
    cookieName,

    keep: ({ owner, page }, fields) => {
      const plain = Buffer.from(JSON.stringify([owner, page, Math.floor(clock()) + lifetime * 1000, fields]))
      const text = Buffer.from(sealer.seal(purpose, plain)).toString('base64url')
      return text.length > longest ? null : formatCookie(cookieName, text, { secure, maxAge: lifetime })
    },

    read: ({ headers }, { owner, page, provedAt }) => {
      for (const value of readCookies(headers.get('cookie'), cookieName).slice(0, 3)) {
        const plain = sealer.open(purpose, Buffer.from(value, 'base64url'))
        if (plain === null) continue
        const kept = JSON.parse(Buffer.from(plain).toString('utf8')) as Kept
        const isTheirs = kept[0] === owner && kept[1] === page
        if (isTheirs && clock() < kept[2] && provedAt >= kept[2] - lifetime * 1000) return kept[3]
      }
      return null
    },

    clear: () => clearCookie(cookieName, { secure }),
  }
}

/** What a form goes on with, which waits no more once that is answered. */
export interface TakenForm {
  readonly fields: BodyFields
  readonly done: (answer: Answer) => Answer
}

/** Takes what was kept. Throws `RequestRefused` (`conflict`) where it is there no more: nothing must go on without it. */
export function takeKept(kept: KeptForms, fields: Readonly<Record<string, string>> | null): TakenForm {
  const done = (answer: Answer): Answer => ({ ...answer, headers: [...answer.headers, ['set-cookie', kept.clear()]] })
  if (fields !== null) return { fields, done }
  throw new RequestRefused(
    'conflict',
    'What you had typed was kept for ten minutes, and is gone. Nothing was done: type it again.',
  )
}

type Kept = readonly [owner: string, page: string, until: number, fields: Readonly<Record<string, string>>]

const purpose = 'kept form'

/** Seconds, as long as a proof is fresh. */
const lifetime = 600

/** Browsers drop a cookie of more than 4,096 bytes. */
const longest = 3900
