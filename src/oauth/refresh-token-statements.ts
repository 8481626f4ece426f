import type { Database, Statement } from '../storage/database.ts'
import { statement, type Value } from '../tokens/prepared.ts'
import { grantIsLive } from './live-grant.ts'

/** What a refresh runs before its rows are added, compiled once. */
export interface RefreshTokenStatements {
  /** Spends a token that is not spent, of a grant and a user that are good; changes no row otherwise. */
  readonly spend: (values: Readonly<Record<'id' | 'now' | 'nextId', unknown>>) => Statement
  /** Lets one live on that is not spent, under the same conditions, for those that are not exchanged for the next. */
  readonly keep: (values: Readonly<Record<'id' | 'now' | 'expiresAt', unknown>>) => Statement
}

export function refreshTokenStatements(database: Database): RefreshTokenStatements {
  return {
    // The answer that it came in is forgotten: whoever shows the token before it again is nobody's lost connection any more.
    spend: statement(database, (kysely, value: Value<'id' | 'now' | 'nextId'>) =>
      kysely
        .updateTable('grant_tokens')
        .set({ spent_at: value('now'), next_id: value('nextId'), asked_by: null, answer: null })
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
  }
}
