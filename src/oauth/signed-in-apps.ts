import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import { clientOf } from './client.ts'

/** An application that a sign-in was used for. */
export interface SignedInApp {
  readonly name: string
  /** Whether it hears that the sign-in is over: by a call of ours, or by a page of its own that the browser loads. */
  readonly isTold: boolean
}

/** The applications that somebody signed in to by a sign-in, to be asked before it ends: at most fifty. */
export type SignedInApps = (signInId: string) => Promise<readonly SignedInApp[]>

export function createSignedInApps({ database }: { readonly database: Pick<Database, 'read'> }): SignedInApps {
  return async (text) => {
    const signInId = parseId(text)
    if (signInId === null) return []
    const rows = await database.read
      .selectFrom('clients')
      .selectAll()
      .where('is_active', '=', 1)
      .where('id', 'in', (query) => query.selectFrom('grants').select('client_id').where('sign_in_id', '=', signInId))
      .orderBy('id')
      .limit(50)
      .execute()
    return rows.map(clientOf).map(({ name, metadata }) => ({
      name,
      isTold: Boolean(metadata.backchannelLogoutUri ?? metadata.frontchannelLogoutUri),
    }))
  }
}
