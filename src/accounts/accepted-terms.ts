import { digest } from '../crypto/digest.ts'
import type { ShownTerms } from '../pages/terms-field.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { AcceptedTermsRow } from '../storage/schema.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { accountOf } from './password-rows.ts'
import { invalid } from './user-values.ts'

/** What people accept. */
export interface Terms extends ShownTerms {
  /** Which version it is: whoever has not accepted it is asked when they sign in. `null`: only who makes an account is. */
  readonly version: string | null
}

/** A version that somebody has accepted, and when, in milliseconds since 1970. */
export interface AcceptedVersion {
  readonly version: string
  readonly acceptedAt: number
}

/** Who has accepted which version of the terms. */
export interface AcceptedTerms {
  readonly current: Terms | null
  /** Whether somebody has to accept the current version. */
  readonly isDue: (userId: string) => Promise<boolean>
  /** Writes down that somebody accepts a version. Throws `invalid`, that names `version`, for one that is not the current. */
  readonly accept: (userId: string, version: string, by: ActedBy) => Promise<void>
  /** Newest first. */
  readonly list: (userId: string) => Promise<readonly AcceptedVersion[]>
}

export interface AcceptedTermsOptions {
  readonly database: Database
  /** What has to be accepted (nothing). */
  readonly terms?: Terms | null
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export function createAcceptedTerms({ database, terms = null, clock = Date.now }: AcceptedTermsOptions): AcceptedTerms {
  const version = terms?.version ?? null
  return {
    current: terms,

    isDue: async (userId) => {
      const id = parseId(userId)
      if (version === null || id === null) return false
      const row = database.read.selectFrom('accepted_terms').select('version').where('user_id', '=', id)
      return (await row.where('version', '=', version).executeTakeFirst()) === undefined
    },

    accept: async (userId, accepted, by) => {
      const id = parseId(userId)
      if (version === null || id === null || accepted !== version) {
        throw invalid({ version: ['These are not the terms that hold now. Read them again.'] })
      }
      await database.write(async (unit) => {
        const row = { user_id: id, version, accepted_at: Math.floor(clock()) }
        const written = unit
          .insertInto('accepted_terms')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
        if ((await written.returning('version').executeTakeFirst()) === undefined) return
        await database.audit(unit, eventBy(by, 'terms.accepted', accountOf(id), { version }))
      })
    },

    list: async (userId) => {
      const id = parseId(userId)
      if (id === null) return []
      const rows = database.read.selectFrom('accepted_terms').selectAll().where('user_id', '=', id)
      return (await rows.orderBy('accepted_at', 'desc').orderBy('version').execute()).map(
        ({ version: one, accepted_at: acceptedAt }) => ({ version: one, acceptedAt }),
      )
    },
  }
}

/** What is written with a new account, whose owner has accepted the terms: rows, and what the audit log says. */
export function acceptedAtSignUp(
  terms: Terms | null,
  userId: bigint,
  now: number,
): { readonly rows: readonly AcceptedTermsRow[]; readonly detail: Readonly<Record<string, string>> } {
  if (terms === null) return { rows: [], detail: {} }
  const { version, text, url } = terms
  const detail = {
    terms: digest(text ?? url ?? '')
      .toString('hex')
      .slice(0, 16),
    ...(version === null ? {} : { version }),
  }
  return { rows: version === null ? [] : [{ user_id: userId, version, accepted_at: now }], detail }
}
