import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { ClientRow } from '../storage/schema.ts'
import { clientOf, type OAuthClient } from './client.ts'
import { isDocumentUrl } from './document-url.ts'

/** Finds a client by its `client_id`; disabled ones too. `null` where there is none. */
export type ClientFinder = (id: string) => Promise<OAuthClient | null>

export interface ClientFinderOptions extends Pick<Database, 'lookup' | 'read'> {
  /** Reads the metadata documents of clients whose `client_id` is an address; see `ClientDocuments` (there are no such clients). */
  readonly documents?: { readonly current: (url: string, stored: OAuthClient | null) => Promise<OAuthClient | null> }
}

/** Most have their row's id as `client_id`, and are found like tokens; those that were taken over have an index. */
export function createClientFinder({ lookup: lookupIn, read, documents }: ClientFinderOptions): ClientFinder {
  const lookup = lookupIn<ClientRow>((kysely, match) => kysely.selectFrom('clients').selectAll().where(match('id')))

  return async (id) => {
    if (id.length > longest) return null
    const key = parseId(id)
    if (key !== null) {
      const row = await lookup(key)
      if (row?.identifier === id) return clientOf(row)
    }
    const row = await read.selectFrom('clients').selectAll().where('identifier', '=', id).executeTakeFirst()
    const stored = row === undefined ? null : clientOf(row)
    // Whoever was registered by hand stays who they are, whatever stands at that address.
    if (stored !== null && stored.source !== 'document') return stored
    return documents !== undefined && isDocumentUrl(id) ? documents.current(id, stored) : null
  }
}

/** Characters. URLs of metadata documents are the longest. */
const longest = 1024
