import { AuthError } from '../core/errors.ts'
import { decodeUtf8 } from '../http/decode-utf8.ts'
import { type JsonObject, parseJson } from '../http/json.ts'
import type { SafeFetchResponse } from '../http/safe-fetch.ts'
import type { CheckedClient } from './client-values.ts'
import { fromWire, registrableNames } from './client-wire.ts'
import { checkedSelfRegistration, type SelfRegistrationRules } from './self-registration.ts'

/** A metadata document that is not taken. */
export class DocumentRefused extends Error {
  /** Whether the server that has it is only away. */
  readonly isAway: boolean

  constructor(message: string, { isAway = false }: { readonly isAway?: boolean } = {}) {
    super(message)
    this.name = new.target.name
    this.isAway = isAway
  }
}

/**
 * Reads the client out of the answer with its metadata document (OAuth Client ID Metadata Document, draft 02, sections 4 and
 * 5). Throws `DocumentRefused`, or `OAuthError` for what `checkedSelfRegistration` refuses.
 */
export function documentClient(url: string, answer: SafeFetchResponse, rules: SelfRegistrationRules): CheckedClient {
  const { status, headers, body } = answer
  if (status !== 200) throw new DocumentRefused(`The document was answered with ${status}.`, { isAway: status >= 500 })
  if (!isJson(headers.get('content-type') ?? ''))
    throw new DocumentRefused('The document is not JSON by its media type.')
  if (body.byteLength > largest) throw new DocumentRefused('The document is too large.')
  const members = membersOf(body)
  // Section 4: simple string comparison (RFC 3986, section 6.2.1).
  if (members['client_id'] !== url) throw new DocumentRefused('The client_id in the document is not its address.')
  // Section 4: there is no way to share a secret.
  if (Object.hasOwn(members, 'client_secret') || Object.hasOwn(members, 'client_secret_expires_at')) {
    throw new DocumentRefused('The document holds a secret, which everyone can read.')
  }
  const given = fromWire(members, registrableNames)
  const authMethod = given.authMethod ?? 'none'
  if (authMethod !== 'none' && authMethod !== 'private_key_jwt') {
    throw new DocumentRefused('The client has to be public, or to use private_key_jwt.')
  }
  if (given.redirectUris === undefined) throw new DocumentRefused('The document names no redirect URI.')
  return checkedSelfRegistration({ name: new URL(url).host.slice(0, 100), ...given, authMethod }, rules)
}

/** Bytes. Section 8.7 speaks of 5 kilobytes; keys take more. */
const largest = 16_384

function isJson(type: string): boolean {
  return /^application\/(?:json|[\w.!#$&^-]+\+json)\s*(?:;|$)/i.test(type)
}

function membersOf(body: Uint8Array): JsonObject {
  try {
    return parseJson(decodeUtf8(body))
  } catch (error) {
    if (error instanceof AuthError) throw new DocumentRefused('The document is no JSON object.')
    throw error
  }
}
