import { FetchRefused, type SafeFetch } from '../../http/safe-fetch.ts'
import type { ClientMetadata } from '../client-metadata.ts'
import { OAuthError } from '../oauth-error.ts'

/** Reads what `sector_identifier_uri` names, and throws `OAuthError` (`invalid_client_metadata`) unless it vouches for the client. */
export type CheckSectorIdentifier = (metadata: ClientMetadata) => Promise<void>

/**
 * OpenID Connect Dynamic Client Registration 1.0, section 5: the file is a JSON array that holds every redirect URI of the
 * client, letter for letter. Whoever names the file of another sector would else get to know its users by the same subjects.
 */
export function createCheckSectorIdentifier({ fetch }: { readonly fetch: SafeFetch }): CheckSectorIdentifier {
  return async ({ sectorIdentifierUri, redirectUris = [] }) => {
    if (sectorIdentifierUri === undefined) return
    const listed = await listAt(sectorIdentifierUri, fetch)
    if (listed === null) throw faulty('The sector_identifier_uri could not be read as a JSON array.')
    if (!redirectUris.every((uri) => listed.includes(uri))) {
      throw faulty('The sector_identifier_uri does not list every redirect URI.')
    }
  }
}

async function listAt(uri: string, fetch: SafeFetch): Promise<readonly unknown[] | null> {
  try {
    const { status, body } = await fetch(uri, { headers: { accept: 'application/json' } })
    const value: unknown = status === 200 ? JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) : null
    return Array.isArray(value) ? value : null
  } catch (error) {
    // No UTF-8, no JSON, or nothing at all: it is all the same to whoever registers, and tells nothing about what is there.
    if (error instanceof FetchRefused || error instanceof SyntaxError || error instanceof TypeError) return null
    throw error
  }
}

function faulty(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', description)
}
