import type { Database, Statement } from '../storage/database.ts'
import { statement, type Value } from '../tokens/prepared.ts'
import { grantIsLive } from './live-grant.ts'

/** What a refresh runs before its rows are added, compiled once. */
export interface RefreshTokenStatements {
  /** Spends a token that is not spent, of a grant and a user that are good; changes no row otherwise. */
  readonly spend: (values: Readonly<Record<'id' | 'now' | 'spentBy' | 'answer', unknown>>) => Statement
  /** Lets one live on that is not spent, under the same conditions, for those that are not exchanged for the next. */
  readonly keep: (values: Readonly<Record<'id' | 'now' | 'expiresAt', unknown>>) => Statement
  /** Forgets the answer that was given for a token. */
  readonly clearAnswer: (values: Readonly<Record<'id', unknown>>) => Statement
}

export function refreshTokenStatements(database: Database): RefreshTokenStatements {
  return {
    spend: statement(database, (kysely, value: Value<'id' | 'now' | 'spentBy' | 'answer'>) =>
      kysely
        .updateTable('grant_tokens')
        .set({ spent_at: value('now'), spent_by: value('spentBy'), answer: value('answer') })
        .where('id', '=', value('id'))
        .where('spent_at', 'is', null)
        .where(grantIsLive(database, 'grant_tokens')),
    ),
    keep: statement(database, (kysely, value: Value<'id' | 'now' | 'expiresAt'>) =>
      kysely
        .updateTable('grant_tokens')
        .set({ expires_at: value('expiresAt') })
        .where('id', '=', value('id'))
        .where('spent_at', 'is', null)
        .where('expires_at', '>', value('now'))
        .where(grantIsLive(database, 'grant_tokens')),
    ),
    clearAnswer: statement(database, (kysely, value: Value<'id'>) =>
      kysely
        .updateTable('grant_tokens')
        .set({ answer: null })
        .where('id', '=', value('id'))
        .where('answer', 'is not', null),
    ),
  }
}
