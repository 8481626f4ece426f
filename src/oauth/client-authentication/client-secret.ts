import { equalBytes } from '../../crypto/compare.ts'
import { digest } from '../../crypto/digest.ts'
import { readAuthorization } from '../../http/authorization.ts'
import type { OAuthClient } from '../client.ts'
import type { IsImportedSecret } from '../imported-secret.ts'
import { OAuthError } from '../oauth-error.ts'
import type { ClientAuthentication } from './authenticate-client.ts'
import { invalidClient } from './authenticate-client.ts'

export interface ClientSecretOptions {
  /** Tells whether a secret is the one that another server hashed (no client has such a one). */
  readonly isImported?: IsImportedSecret
  /** Hears of the use of a secret, for its last use: the incoming one of a rotation is `next` (nothing). */
  readonly onUsed?: (client: OAuthClient, secret: 'current' | 'next') => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** `client_secret_basic` (RFC 6749, section 2.3.1): id and secret are form-encoded before they are joined. */
export function clientSecretBasic(options: ClientSecretOptions = {}): ClientAuthentication {
  return {
    shown: (request) => {
      const header = readAuthorization(request)
      if (header === null || header.scheme !== 'basic') return null
      const bytes = Buffer.from(header.value, 'base64')
      const text = bytes.toString('utf8')
      const colon = text.indexOf(':')
      if (colon < 1 || !isBase64(header.value) || text.includes('\ufffd')) throw invalidClient()
      const [id, secret] = [decoded(text.slice(0, colon)), decoded(text.slice(colon + 1))]
      return { id, isProven: async (client) => isTheirs(client, secret, 'client_secret_basic', options) }
    },
  }
}

/** `client_secret_post` (RFC 6749, section 2.3.1): in the body, never in the query. */
export function clientSecretPost(options: ClientSecretOptions = {}): ClientAuthentication {
  return {
    shown: (_request, parameters) => {
      const secret = parameters.get('client_secret')
      if (secret === null) return null
      const id = parameters.get('client_id')
      if (id === null) throw new OAuthError('invalid_request', 'The parameter client_id is missing.')
      return { id, isProven: async (client) => isTheirs(client, secret, 'client_secret_post', options) }
    },
  }
}

/** `none`: a public client says its `client_id` and no more (RFC 6749, section 3.2.1). */
export const publicClient: ClientAuthentication = {
  shown: (request, parameters) => {
    const id = parameters.get('client_id')
    if (id === null || parameters.get('client_secret') !== null || parameters.get('client_assertion') !== null)
      return null
    if (readAuthorization(request)?.scheme === 'basic') return null
    return { id, isProven: async (client) => client?.authMethod === 'none' }
  },
}

/**
 * Compares digests in the same time for each client, those without a secret and those that do not exist included. Only a client
 * that was imported and has not shown its secret yet takes longer.
 */
async function isTheirs(
  client: OAuthClient | null,
  secret: string,
  method: 'client_secret_basic' | 'client_secret_post',
  { isImported, onUsed, clock = Date.now }: ClientSecretOptions,
): Promise<boolean> {
  const shown = digest(secret)
  const row = client?.row
  const isOver =
    row?.rotation_ends_at !== null && row?.rotation_ends_at !== undefined && clock() >= row.rotation_ends_at
  const isCurrent = equalBytes(row?.secret_digest ?? nobodys, shown) && !isOver
  const isNext = equalBytes(row?.next_secret_digest ?? nobodys, shown)
  if (client === null || (client.authMethod !== 'client_secret' && client.authMethod !== method)) return false
  if (isCurrent) onUsed?.(client, 'current')
  else if (isNext) onUsed?.(client, 'next')
  if (isCurrent || isNext) return true
  return !isOver && client.row.imported_secret_hash !== null && (await isImported?.(client, secret)) === true
}

/** No text has this digest. */
const nobodys = new Uint8Array(32)

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text)
}

/** RFC 6749, appendix B. */
function decoded(text: string): string {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw invalidClient()
  }
}
