import { isDeepStrictEqual } from 'node:util'
import { RequestRefused } from '../core/errors.ts'
import type { ClientRow } from '../storage/schema.ts'
import type { ClientAction } from './client-actions.ts'

interface Metadata {
  readonly consent?: string
}
type Registered = Pick<ClientRow, 'name' | 'auth_method' | 'grant_types' | 'scopes' | 'metadata'>

/**
 * What a change takes back that is made by whoever answers for a client. What somebody here has looked at is another now, and
 * that nobody is asked about it was said of what it was: else a reviewed name could be put on anything, and its answers be led
 * anywhere. Nothing for a change by an administrator, nor for one that changes nothing.
 */
export function unreviewed(
  row: ClientRow,
  next: Registered,
  action: Pick<ClientAction, 'owner' | 'organisation'>,
): Partial<Pick<ClientRow, 'source' | 'metadata'>> {
  const columns = ['name', 'auth_method', 'grant_types', 'scopes'] as const
  const { consent: _, ...metadata } = JSON.parse(next.metadata) as Metadata
  const { consent: __, ...before } = JSON.parse(row.metadata) as Metadata
  if (columns.every((name) => row[name] === next[name]) && isDeepStrictEqual(before, metadata)) return {}
  return unvouched(row, next.metadata, action)
}

/** The same, where it is known that whoever answers for it changed what people see. `text` is its metadata from now on. */
export function unvouched(
  row: Pick<ClientRow, 'source'>,
  text: string,
  { owner, organisation }: Pick<ClientAction, 'owner' | 'organisation'>,
): Partial<Pick<ClientRow, 'source' | 'metadata'>> {
  if (owner === undefined && organisation === undefined) return {}
  const { consent, ...metadata } = JSON.parse(text) as Metadata
  return {
    ...(row.source === 'manual' ? { source: 'portal' } : {}),
    ...(consent === 'never' ? { metadata: JSON.stringify(metadata) } : {}),
  }
}

/**
 * The change by which an administrator says that they have looked at a client that was registered in the portal; `null` where
 * that was said before. Throws `RequestRefused` (`conflict`) for one that describes itself, which is another whenever it likes,
 * and for one that was changed after `seen`, when it was looked at.
 */
export function reviewed(row: ClientRow, seen: number | undefined): Pick<ClientRow, 'source'> | null {
  if (seen !== undefined && row.updated_at !== seen) {
    throw new RequestRefused('conflict', 'It was changed after you looked at it. Look at it once more.')
  }
  if (row.source === 'manual') return null
  if (row.source === 'portal') return { source: 'manual' }
  throw new RequestRefused('conflict', 'It registered by itself, and changes when it likes: nobody can vouch for it.')
}
