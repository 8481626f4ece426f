import { RequestRefused } from '../core/errors.ts'
import { digest } from '../crypto/digest.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { NewClient } from './client-actions.ts'
import type { ClientRow } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { isBySecret } from './client-values-together.ts'
import type { CheckedClient } from './client-values.ts'
import { clientSecretPurpose } from './id-tokens.ts'

type SecretColumns = Pick<
  ClientRow,
  | 'secret_digest'
  | 'secret_last_used_at'
  | 'next_secret_digest'
  | 'next_secret_last_used_at'
  | 'rotation_ends_at'
  | 'imported_secret_hash'
  | 'sealed_secret'
>

export interface ClientSecretsOptions {
  readonly format: Pick<TokenFormat, 'make'>
  readonly sealer: Pick<Sealer, 'seal'>
}

/**
 * The secrets of clients: what changes of a row. A client has one secret, or two during a rotation. After the end of an
 * overlap only the new one works, whether the rotation was finished or not, so another one may start then. Throws
 * `RequestRefused` (`conflict`) where the client is in no state for it.
 */
export interface ClientSecrets {
  /** Of a new client, with the secret that it has from elsewhere. */
  readonly first: (
    client: CheckedClient,
    id: bigint,
    brought?: Pick<NewClient, 'secret' | 'importedSecret'>,
  ) => { readonly text: string | null; readonly columns: SecretColumns }
  /** What follows from a change of what is registered: a secret is made where one is needed now, and forgotten where it is not. */
  readonly changed: (
    client: CheckedClient,
    row: ClientRow,
  ) => { readonly text: string | null; readonly columns: Partial<SecretColumns> }
  /** Another secret beside the one that it has, which works until `endsAt`, in milliseconds; `null`: until it is finished. */
  readonly started: (
    row: ClientRow,
    options: { readonly now: number; readonly endsAt: number | null },
  ) => { readonly text: string; readonly columns: Partial<SecretColumns> }
  readonly finished: (row: ClientRow) => Partial<SecretColumns>
  readonly cancelled: (row: ClientRow, now: number) => Partial<SecretColumns>
}

export function createClientSecrets({ format, sealer }: ClientSecretsOptions): ClientSecrets {
  const sealed = (text: string): Uint8Array => sealer.seal(clientSecretPurpose, Buffer.from(text))

  function first(
    client: CheckedClient,
    id: bigint,
    { secret, importedSecret }: Pick<NewClient, 'secret' | 'importedSecret'> = {},
  ): { readonly text: string | null; readonly columns: SecretColumns } {
    if (!isBySecret(client.authMethod)) {
      if (secret !== undefined || importedSecret !== undefined)
        throw invalid('secret', 'A client of this authentication method has no secret.')
      return { text: null, columns: noSecret }
    }
    if (importedSecret !== undefined && 'hash' in importedSecret) {
      if (isKept(client))
        throw invalid('idTokenSignedResponseAlg', 'HS256 needs the secret itself, and only its hash is there.')
      return { text: null, columns: { ...noSecret, imported_secret_hash: importedSecret.hash } }
    }
    const brought = secret ?? importedSecret?.text
    const least = importedSecret === undefined ? 32 : 1
    if (brought !== undefined && (!/^[\x20-\x7e]{1,512}$/.test(brought) || brought.length < least)) {
      throw invalid('secret', `A secret has ${least} to 512 visible characters of ASCII.`)
    }
    const text = brought ?? format.make('sec', id).text
    const columns = { ...noSecret, secret_digest: digest(text), sealed_secret: isKept(client) ? sealed(text) : null }
    return { text, columns }
  }

  return {
    first,
    changed: (client, row) => {
      const isNeeded = isBySecret(client.authMethod)
      if (!isNeeded) return { text: null, columns: noSecret }
      if (!hasSecret(row)) return first(client, row.id)
      if (!isKept(client)) return { text: null, columns: { sealed_secret: null } }
      if (row.sealed_secret !== null) return { text: null, columns: {} }
      // Only its digest is there.
      const message =
        'HS256 needs a client that was made with it: its secret was not kept, so nothing can be signed with it.'
      throw invalid('idTokenSignedResponseAlg', message)
    },
    started: (row, { now, endsAt }) => {
      if (!hasSecret(row)) throw conflict('The client has no secret.')
      if (isOverlapping(row, now)) throw conflict('The secret is being rotated already. Finish or cancel that first.')
      const settled = row.next_secret_digest === null ? {} : finished(row)
      const { text, digest: next } = format.make('sec', row.id)
      const kept = row.sealed_secret === null ? {} : { sealed_secret: sealed(text) }
      const rotation = { next_secret_digest: next, next_secret_last_used_at: null, rotation_ends_at: endsAt }
      return { text, columns: { ...settled, ...rotation, ...kept } }
    },
    finished,
    cancelled: (row, now) => {
      if (!isOverlapping(row, now)) throw conflict('The secret is not being rotated, or the old one has ended.')
      if (row.sealed_secret !== null)
        throw conflict('ID tokens are signed with the new secret already. Finish the rotation.')
      return { next_secret_digest: null, next_secret_last_used_at: null, rotation_ends_at: null }
    },
  }
}

function finished(row: ClientRow): Partial<SecretColumns> {
  if (row.next_secret_digest === null) throw conflict('The secret is not being rotated.')
  return {
    secret_digest: row.next_secret_digest,
    secret_last_used_at: row.next_secret_last_used_at ?? row.secret_last_used_at,
    next_secret_digest: null,
    next_secret_last_used_at: null,
    rotation_ends_at: null,
    imported_secret_hash: null,
  }
}

const noSecret: SecretColumns = {
  secret_digest: null,
  secret_last_used_at: null,
  next_secret_digest: null,
  next_secret_last_used_at: null,
  rotation_ends_at: null,
  imported_secret_hash: null,
  sealed_secret: null,
}

function hasSecret(row: ClientRow): boolean {
  return row.secret_digest !== null || row.imported_secret_hash !== null
}

/** OpenID Connect Core 1.0, section 10.1: with HS256, the secret is the key. */
function isKept({ metadata }: CheckedClient): boolean {
  return metadata.idTokenSignedResponseAlg === 'HS256'
}

function isOverlapping({ next_secret_digest: next, rotation_ends_at: end }: ClientRow, now: number): boolean {
  return next !== null && (end === null || now < end)
}

function conflict(message: string): RequestRefused {
  return new RequestRefused('conflict', message)
}

function invalid(field: string, message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { [field]: [message] } })
}
