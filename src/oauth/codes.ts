import type { User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database, Rows } from '../storage/database.ts'
import type { AuthorizationCodeRow } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { statement, type Value } from '../tokens/prepared.ts'
import { userColumns } from '../tokens/principal.ts'
import { type GrantColumns, grantColumns, grantIn, grantUserIn, isGrantAlive } from './grant-columns.ts'
import type { Grant } from './grants.ts'
import { grantIsLive } from './live-grant.ts'

export interface CodesOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds that a code lives (60). RFC 6749, section 4.1.2, allows ten minutes at most. */
  readonly codeLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewCode {
  readonly grantId: bigint
  /** As it was sent, `null` where it was left out. */
  readonly redirectUri: string | null
  readonly codeChallenge: string | null
  readonly dpopJkt: string | null
  /** Milliseconds since 1970. */
  readonly now: number
}

/** An authorization code as it is stored, with what it stands for. */
export interface StoredCode extends Omit<NewCode, 'grantId' | 'now'> {
  readonly id: bigint
  readonly grant: Grant
  /** `null` where the user is not there or may not any more. */
  readonly user: User | null
  readonly isSpent: boolean
  /** Whether it and its grant are not over. */
  readonly isLive: boolean
}

/** Authorization codes: each is used once, whatever comes of it (RFC 6749, section 4.1.2). */
export interface Codes {
  /** Makes a code and the row that has to be stored, with its grant, before the text is given away. */
  readonly make: (code: NewCode) => { readonly text: string; readonly row: AuthorizationCodeRow }
  /** Finds a code, whatever its state: one read. `null` where there is none. */
  readonly find: (text: string) => Promise<StoredCode | null>
  /**
   * Uses a code up and stores what is given for it. Of many at once, one is told `true`; `false`: it was used, or its grant
   * or user is no longer good, and nothing was stored.
   */
  readonly spend: (id: bigint, given: Pick<Rows, 'access_tokens' | 'grant_tokens' | 'audit'>) => Promise<boolean>
}

export function createCodes({ database, format, codeLifetime = 60, clock = Date.now }: CodesOptions): Codes {
  const lookup = database.lookup<Row>((read, match) =>
    read
      .selectFrom('authorization_codes')
      .innerJoin('grants', 'grants.id', 'authorization_codes.grant_id')
      .innerJoin('users', 'users.id', 'grants.user_id')
      .select([
        'authorization_codes.id',
        'authorization_codes.digest',
        'authorization_codes.redirect_uri',
        'authorization_codes.code_challenge',
        'authorization_codes.dpop_jkt',
        'authorization_codes.expires_at',
        'authorization_codes.spent_at',
      ])
      .select(grantColumns)
      .select(userColumns)
      .where(match('authorization_codes.id')),
  )
  const spendCode = statement(database, (kysely, value: Value<'id' | 'now'>) =>
    kysely
      .updateTable('authorization_codes')
      .set({ spent_at: value('now') })
      .where('id', '=', value('id'))
      .where('spent_at', 'is', null)
      .where('expires_at', '>', value('now'))
      .where(grantIsLive(database, 'authorization_codes')),
  )

  return {
    make: ({ grantId, redirectUri, codeChallenge, dpopJkt, now }) => {
      const id = database.newId()
      const { text, digest } = format.make('code', id)
      const row = {
        id,
        digest,
        grant_id: grantId,
        redirect_uri: redirectUri,
        code_challenge: codeChallenge,
        dpop_jkt: dpopJkt,
        created_at: now,
        expires_at: now + codeLifetime * 1000,
        spent_at: null,
      }
      return { text, row }
    },

    find: async (text) => {
      const token = format.parse(text)
      if (token?.kind !== 'code') return null
      const row = await lookup(token.id)
      if (row === null || !equalBytes(row.digest, token.digest)) return null
      const now = clock()
      return {
        id: row.id,
        grant: grantIn(row),
        user: grantUserIn(row, now),
        redirectUri: row.redirect_uri,
        codeChallenge: row.code_challenge,
        dpopJkt: row.dpop_jkt,
        isSpent: row.spent_at !== null,
        isLive: now < row.expires_at && isGrantAlive(row, now),
      }
    },

    spend: async (id, rows) => database.appendIf({ guard: spendCode({ id, now: Math.floor(clock()) }), rows }),
  }
}

interface Row extends Omit<AuthorizationCodeRow, 'grant_id' | 'created_at'>, GrantColumns {}
