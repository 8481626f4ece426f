import { sql } from 'kysely'
import type { RawBuilder, SqlBool } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { AccessTokenRow, GrantTokenRow } from '../storage/schema.ts'
import { prepare, type Prepared } from '../tokens/prepared.ts'

/** What a refresh runs in its unit, compiled once. */
export interface RefreshTokenStatements {
  /** Spends a token that is not spent, of a grant and a user that are good; no row otherwise. */
  readonly spend: Prepared<'id' | 'now' | 'spentBy' | 'answer', { readonly id: bigint }>
  readonly insertToken: Prepared<keyof GrantTokenRow, object>
  readonly insertAccessToken: Prepared<keyof AccessTokenRow, object>
  /** Forgets the answers of a grant that were given for other tokens than this one. */
  readonly clearAnswers: Prepared<'grant' | 'id', object>
}

export function refreshTokenStatements(database: Database): RefreshTokenStatements {
  // What ends a user's access at this moment is waited for, so that nothing slips through beside it.
  const held = database.dialect === 'postgres' ? sql`for share of users` : sql``

  return {
    spend: prepare(database, (kysely, value: Value<'id' | 'now' | 'spentBy' | 'answer'>) => {
      const alive = sql<SqlBool>`exists (
        select 1 from grants join users on users.id = grants.user_id
        where grants.id = grant_tokens.grant_id and grants.revoked_at is null
        and users.is_active = 1 and (users.signed_out_at is null or users.signed_out_at < grants.created_at)
        ${held}
      )`
      return kysely
        .updateTable('grant_tokens')
        .set({ spent_at: value('now'), spent_by: value('spentBy'), answer: value('answer') })
        .where('id', '=', value('id'))
        .where('spent_at', 'is', null)
        .where(alive)
        .returning('id')
    }),
    insertToken: prepare(database, (kysely, value: Value<keyof GrantTokenRow>) =>
      kysely.insertInto('grant_tokens').values(valuesOf(tokenColumns, value)),
    ),
    insertAccessToken: prepare(database, (kysely, value: Value<keyof AccessTokenRow>) =>
      kysely.insertInto('access_tokens').values(valuesOf(accessTokenColumns, value)),
    ),
    clearAnswers: prepare(database, (kysely, value: Value<'grant' | 'id'>) =>
      kysely
        .updateTable('grant_tokens')
        .set({ answer: null })
        .where('grant_id', '=', value('grant'))
        .where('answer', 'is not', null)
        .where('id', '<>', value('id')),
    ),
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- a value fits wherever it stands
type Value<Name extends string> = (name: Name) => RawBuilder<any>

const tokenColumns = [
  'id',
  'digest',
  'grant_id',
  'confirmation',
  'created_at',
  'expires_at',
  'spent_at',
  'spent_by',
  'answer',
] as const

const accessTokenColumns = [
  'id',
  'digest',
  'client_id',
  'user_id',
  'grant_id',
  'scopes',
  'audience',
  'confirmation',
  'actor',
  'created_at',
  'expires_at',
] as const

function valuesOf<Name extends string>(
  names: readonly Name[],
  value: Value<Name>,
): Record<Name, ReturnType<Value<Name>>> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, ReturnType<Value<Name>>>
}
