import type { Database } from '../storage/database.ts'
import { isPolicyOrigin } from '../http/security-headers.ts'
import { parseId } from '../storage/id.ts'
import { clientOf } from './client.ts'
import type { Subjects } from './subjects.ts'

export interface FrontChannelOptions {
  readonly database: Pick<Database, 'read'>
  readonly subjects: Pick<Subjects, 'sidOf'>
  readonly issuer: string
}

/**
 * The pages that sign a person out of applications when a page of ours frames them (OpenID Connect Front-Channel Logout 1.0,
 * section 2), for a sign-in. To be asked before it ends. `iss` and `sid` are always there, needed or not.
 */
export type FrontChannel = (signInId: string) => Promise<readonly string[]>

export function createFrontChannel({ database, subjects, issuer }: FrontChannelOptions): FrontChannel {
  return async (text) => {
    const signInId = parseId(text)
    if (signInId === null) return []
    const rows = await database.read
      .selectFrom('clients')
      .selectAll()
      .where('is_active', '=', 1)
      .where('metadata', 'like', '%"frontchannelLogoutUri"%')
      .where('id', 'in', (query) => query.selectFrom('grants').select('client_id').where('sign_in_id', '=', signInId))
      .execute()
    return rows.map(clientOf).flatMap((client) => {
      const { frontchannelLogoutUri: uri } = client.metadata
      if (uri === undefined || !URL.canParse(uri)) return []
      const url = new URL(uri)
      // What is no page of the web cannot be framed, nor what cannot be named in the policy of the page that would: nobody's
      // address is to keep a person from signing out.
      if ((url.protocol !== 'https:' && url.protocol !== 'http:') || !isPolicyOrigin(url.origin)) return []
      url.searchParams.set('iss', issuer)
      url.searchParams.set('sid', subjects.sidOf(client, signInId))
      return [url.href]
    })
  }
}

/** The origins of pages, for the policy of the page that frames them. */
export function originsOf(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.map((url) => new URL(url).origin))]
}
