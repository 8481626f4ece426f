import { digest } from '../crypto/digest.ts'
import { parseId } from '../storage/id.ts'
import type { ClientRow } from '../storage/schema.ts'
import { wordsOf } from '../tokens/principal.ts'
import { type ClientMetadata, readMetadata } from './client-metadata.ts'

/** How a client shows who it is at the token endpoint and its siblings (`token_endpoint_auth_method`). */
export const clientAuthMethods = [
  /** Of our own: a secret by either of the two ways below. */
  'client_secret',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'none',
] as const

export type ClientAuthMethod = (typeof clientAuthMethods)[number]

/** An application that is registered here. */
export interface OAuthClient {
  /** Of its row. */
  readonly key: bigint
  /** `client_id`. */
  readonly id: string
  readonly name: string
  /** Whether it can keep a secret (RFC 6749, section 2.1). */
  readonly isConfidential: boolean
  /** `false` too while its organisation is suspended. */
  readonly isActive: boolean
  /** Who registered it: an administrator, a person in the portal, itself (RFC 7591), or its metadata document. */
  readonly source: 'manual' | 'portal' | 'dynamic' | 'document'
  readonly authMethod: ClientAuthMethod
  readonly grantTypes: readonly string[]
  /** What it may ask for. */
  readonly scopes: readonly string[]
  readonly metadata: ClientMetadata
  /** The row that it was read from. */
  readonly row: ClientRow
}

/** Reads a client from its row. What its JSON says is taken apart once, as long as the row stays the same. */
export function clientOf(row: ClientRow): OAuthClient {
  const known = parsed.get(row.id)
  if (known?.row === row) return known
  const client = {
    key: row.id,
    id: row.identifier,
    name: row.name,
    isConfidential: row.is_confidential === 1,
    isActive: row.is_active === 1 && row.organisation_suspended === 0,
    source: row.source as OAuthClient['source'],
    authMethod: row.auth_method as ClientAuthMethod,
    ...(known !== undefined && isSame(known.row, row) ? partsOf(known) : read(row)),
    row,
  }
  if (parsed.size >= 1000) parsed.clear()
  parsed.set(row.id, client)
  return client
}

/**
 * What the feed of revocations calls a client (kind `client`), worked out of `client_id` as JWT access tokens have it: the id
 * of its row, or, for one that was taken over or is a document's, 63 bits of a digest.
 */
export function clientRevocationId(clientId: string): bigint {
  return parseId(clientId) ?? Buffer.from(digest(clientId)).readBigUInt64BE(0) >> 1n
}

type Registered = Pick<OAuthClient, 'grantTypes' | 'scopes' | 'metadata'>

const parsed = new Map<bigint, OAuthClient>()

function isSame(a: ClientRow, b: ClientRow): boolean {
  return a.metadata === b.metadata && a.grant_types === b.grant_types && a.scopes === b.scopes
}

function partsOf({ grantTypes, scopes, metadata }: OAuthClient): Registered {
  return { grantTypes, scopes, metadata }
}

function read(row: ClientRow): Registered {
  return {
    grantTypes: wordsOf(row.grant_types),
    scopes: wordsOf(row.scopes),
    metadata: readMetadata(row.metadata),
  }
}
