import type { Database } from '../storage/database.ts'
import type { AccessTokenRow, GrantTokenRow } from '../storage/schema.ts'
import { prepare, type Prepared, prepareInsert, type Value } from '../tokens/prepared.ts'
import { grantIsLive } from './live-grant.ts'

/** What a refresh runs in its unit, compiled once. */
export interface RefreshTokenStatements {
  /** Spends a token that is not spent, of a grant and a user that are good; no row otherwise. */
  readonly spend: Prepared<'id' | 'now' | 'spentBy' | 'answer', { readonly id: bigint }>
  /** Lets one live on that is not spent, under the same conditions, for those that are not exchanged for the next. */
  readonly keep: Prepared<'id' | 'now' | 'expiresAt', { readonly id: bigint }>
  readonly insertToken: Prepared<keyof GrantTokenRow, object>
  readonly insertAccessToken: Prepared<keyof AccessTokenRow, object>
  /** Forgets the answer that was given for a token. */
  readonly clearAnswer: Prepared<'id', object>
}

export function refreshTokenStatements(database: Database): RefreshTokenStatements {
  return {
    spend: prepare(database, (kysely, value: Value<'id' | 'now' | 'spentBy' | 'answer'>) => {
      return kysely
        .updateTable('grant_tokens')
        .set({ spent_at: value('now'), spent_by: value('spentBy'), answer: value('answer') })
        .where('id', '=', value('id'))
        .where('spent_at', 'is', null)
        .where(grantIsLive(database, 'grant_tokens'))
        .returning('id')
    }),
    keep: prepare(database, (kysely, value: Value<'id' | 'now' | 'expiresAt'>) => {
      return kysely
        .updateTable('grant_tokens')
        .set({ expires_at: value('expiresAt') })
        .where('id', '=', value('id'))
        .where('spent_at', 'is', null)
        .where('expires_at', '>', value('now'))
        .where(grantIsLive(database, 'grant_tokens'))
        .returning('id')
    }),
    insertToken: prepareInsert(database, 'grant_tokens'),
    insertAccessToken: prepareInsert(database, 'access_tokens'),
    clearAnswer: prepare(database, (kysely, value: Value<'id'>) =>
      kysely
        .updateTable('grant_tokens')
        .set({ answer: null })
        .where('id', '=', value('id'))
        .where('answer', 'is not', null),
    ),
  }
}
