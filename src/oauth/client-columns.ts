import { RequestRefused } from '../core/errors.ts'
import { parseId } from '../storage/id.ts'
import type { ClientRow } from '../storage/schema.ts'
import type { CheckedClient, ClientValues } from './client-values.ts'
import { clientOf } from './client.ts'

/** Writes what is registered as columns. */
export function valueColumns(
  client: CheckedClient,
): Pick<ClientRow, 'name' | 'auth_method' | 'is_confidential' | 'grant_types' | 'scopes' | 'metadata'> {
  return {
    name: client.name,
    auth_method: client.authMethod,
    is_confidential: client.authMethod === 'none' ? 0 : 1,
    grant_types: client.grantTypes.join(' '),
    scopes: client.scopes.join(' '),
    metadata: JSON.stringify(client.metadata),
  }
}

/** Reads it again, as it would be given. */
export function valuesOf(row: ClientRow): ClientValues {
  const { name, authMethod, grantTypes, scopes, metadata } = clientOf(row)
  return { ...metadata, name, authMethod, grantTypes, scopes }
}

/** RFC 6749, appendix A.1, without blanks. Throws `RequestRefused` (`invalid`). */
export function checkedIdentifier(identifier: string): string {
  if (/^[\x21-\x7e]{1,1024}$/.test(identifier)) return identifier
  const message = 'A client_id has up to 1024 visible characters of ASCII, without blanks.'
  throw new RequestRefused('invalid', message, { body: { identifier: [message] } })
}

/** The id of an organisation, as its column has it. Throws `invalid` for a text that is none. */
export function checkedOrganisation(id: string): bigint {
  const parsed = parseId(id)
  if (parsed !== null) return parsed
  const message = 'The organisation must be given by its id.'
  throw new RequestRefused('invalid', message, { body: { organisation: [message] } })
}
