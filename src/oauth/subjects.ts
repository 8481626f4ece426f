import { keyedDigest } from '../crypto/digest.ts'
import { formatId } from '../storage/id.ts'
import type { OAuthClient } from './client.ts'

export interface SubjectsOptions {
  /** What pairwise subjects are made with: 32 random bytes that never change, for the subjects would change with them. */
  readonly pairwiseKey: Uint8Array
}

/** How clients know users and their sign-ins. */
export interface Subjects {
  /** `sub` (OpenID Connect Core 1.0, section 8): the user's id, or for a pairwise client a name that only its sector knows. */
  readonly subjectOf: (client: OAuthClient, userId: string) => string
  /** `sid`: which sign-in it was. Like `sub`, it tells clients of different sectors nothing about each other. */
  readonly sidOf: (client: OAuthClient, signInId: bigint) => string
}

export function createSubjects({ pairwiseKey }: SubjectsOptions): Subjects {
  if (pairwiseKey.byteLength < 32) throw new TypeError('createSubjects: pairwiseKey must have at least 32 bytes.')

  function hidden(client: OAuthClient, purpose: 'sub' | 'sid', id: string): string {
    return keyedDigest(pairwiseKey, `${purpose} ${sectorOf(client)} ${id}`).toString('base64url')
  }

  return {
    subjectOf: (client, userId) => (isPairwise(client) ? hidden(client, 'sub', userId) : userId),
    sidOf: (client, signInId) => (isPairwise(client) ? hidden(client, 'sid', formatId(signInId)) : formatId(signInId)),
  }
}

/**
 * The sector of a client (section 8.1): the host of its sector identifier, or the one host of its redirect URIs. A client
 * with neither, such as a program on a desktop, is a sector of its own.
 */
function sectorOf({ id, metadata }: Pick<OAuthClient, 'id' | 'metadata'>): string {
  const { sectorIdentifierUri, redirectUris = [] } = metadata
  const uris = sectorIdentifierUri === undefined ? redirectUris : [sectorIdentifierUri]
  const hosts = new Set(uris.map((uri) => (URL.canParse(uri) ? new URL(uri).hostname : '')))
  const [host = ''] = hosts
  return hosts.size === 1 && host !== '' ? host : `client:${id}`
}

function isPairwise({ metadata }: OAuthClient): boolean {
  return metadata.subjectType === 'pairwise'
}
