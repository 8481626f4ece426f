import type { Transaction } from 'kysely'
import type { ClientRow, Schema } from '../storage/schema.ts'
import type { By } from '../tokens/owner.ts'
import type { ClientRecord } from './client-record.ts'
import type { ClientRules } from './client-values.ts'

/** What a client is made with, beside what is registered of it. */
export interface NewClient {
  readonly by: By
  /** The id of the user who answers for it (nobody). */
  readonly owner?: string | null
  /** The id of the organisation that it belongs to, and is suspended and deleted with (none). */
  readonly organisation?: string | null
  /** (manual) */
  readonly source?: ClientRecord['source']
  /** The `client_id` that it has from elsewhere: visible ASCII without blanks (one that is made). */
  readonly identifier?: string
  /** The secret that it has from elsewhere, 32 characters or more (one that is made, where it needs one). */
  readonly secret?: string
  /** What it brings from another server, where its secret was made by other rules (nothing). */
  readonly importedSecret?: ImportedSecret
  /** Whether it gets a token that manages its registration (RFC 7592) (false). */
  readonly isSelfManaged?: boolean
  /** When what was read from a metadata document has to be read anew, in milliseconds since 1970 (never). */
  readonly freshUntil?: number | null
  /** What may be registered otherwise than usual (nothing). */
  readonly rules?: Partial<ClientRules>
  /** What else has to happen in the same unit, such as using up an initial access token; what it throws undoes it all (nothing). */
  readonly alongside?: (unit: Transaction<Schema>, id: bigint) => Promise<void>
}

/** A secret as another server keeps it: in clear, of any length, or as a hash that the hasher of passwords can verify. */
export type ImportedSecret = { readonly text: string } | { readonly hash: string }

/** A client that was made, and what is shown this once. */
export interface MadeClient {
  readonly client: ClientRecord
  /** `null` for one that has none. */
  readonly secret: string | null
  /** RFC 7592; `null` unless it manages itself. */
  readonly registrationToken: string | null
}

/**
 * Who does it to a client; with `owner` or `organisation`, only if it is theirs, and with `registration`, only if it manages
 * itself by that: without any of them as an administrator may.
 */
export interface ClientAction {
  readonly by: By
  /** The id of a user. */
  readonly owner?: string
  /** The id of an organisation. */
  readonly organisation?: string
  /** The digest of a registration access token (RFC 7592). */
  readonly registration?: Uint8Array
}

export interface ClientReviewed extends ClientAction {
  /** `updatedAt` when it was looked at (as it is). */
  readonly seen?: number | undefined
  /** What else has to happen in the same unit (nothing). */
  readonly alongside?: (unit: Transaction<Schema>, row: ClientRow) => Promise<void>
}

export interface ClientChange extends ClientAction {
  /** When what was read from a metadata document has to be read anew, in milliseconds since 1970 (as before). */
  readonly freshUntil?: number | null
  /** What may be registered otherwise than usual (nothing). */
  readonly rules?: Partial<ClientRules>
}

/** A client that was changed, and what is shown this once: a secret that it needs now and had not, or another registration token. */
export interface ChangedClient {
  readonly client: ClientRecord
  readonly secret: string | null
  /** `null` unless it was changed by `registration`: that is used up. */
  readonly registrationToken: string | null
}

/** Whether an administrator does it. What one switches off, only one switches on. */
export function isByAdministrator({ owner, organisation, registration }: ClientAction): boolean {
  return owner === undefined && organisation === undefined && registration === undefined
}
