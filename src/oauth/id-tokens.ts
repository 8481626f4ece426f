import { createSecretKey, hash } from 'node:crypto'
import type { User } from '../core/identity.ts'
import { parseJsonObject } from '../crypto/json-object.ts'
import { type JwsKey, parseJws, type ParsedJws, signJws, verifyJws } from '../crypto/jws.ts'
import type { Sealer } from '../crypto/seal.ts'
import { formatId } from '../storage/id.ts'
import type { Keyring } from '../tokens/keyring.ts'
import type { OAuthClient } from './client.ts'
import type { ClientFinder } from './client-finder.ts'
import type { Grant } from './grants.ts'
import { OAuthError } from './oauth-error.ts'
import { organisationClaims } from './organisation-claims.ts'
import type { Subjects } from './subjects.ts'
import type { UserClaims } from './user-claims.ts'

/** What ID tokens and signed UserInfo answers can be signed with; the first one where a client has registered none. */
export const idTokenAlgorithms = ['RS256', 'ES256', 'EdDSA', 'PS256', 'HS256'] as const

/** What an ID token is to say. */
export interface NewIdToken {
  readonly client: OAuthClient
  readonly user: User
  /** What the sign-in was like stands in its detail. */
  readonly grant: Pick<Grant, 'signInId' | 'detail'>
  /** Those that were granted. */
  readonly scopes: readonly string[]
  /** What is given with it, for `at_hash`, `c_hash` and `s_hash` (nothing). */
  readonly accessToken?: string | undefined
  readonly code?: string | undefined
  readonly state?: string | undefined
  /** That of the request (the one in the grant's detail); `null`: none, as when it is refreshed (section 12.2). */
  readonly nonce?: string | null | undefined
}

/** What the ID token in `id_token_hint` tells. It may have expired. */
export interface IdTokenHint {
  readonly client: OAuthClient
  /** `sub` as that client knows it: compare it with `subjects.subjectOf(client, user.id)`. */
  readonly subject: string
  readonly sid: string | null
}

export interface IdTokensOptions {
  readonly newId: () => bigint
  readonly keys: Pick<Keyring, 'signing' | 'find'>
  readonly sealer: Pick<Sealer, 'open'>
  readonly issuer: string
  readonly subjects: Subjects
  readonly claims: Pick<UserClaims, 'of'>
  readonly findClient: ClientFinder
  /** Seconds that an ID token lives (3600). */
  readonly idTokenLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** ID tokens (OpenID Connect Core 1.0, section 2): they tell a client who signed in, when and how. */
export interface IdTokens {
  /** Throws `OAuthError` (`unauthorized_client`) for a client that is registered for HS256 and has no secret to sign with. */
  readonly sign: (token: NewIdToken) => Promise<string>
  /** Signs something else for a client as it has registered: UserInfo answers, with `alg`; logout tokens, with `typ`. */
  readonly signFor: (
    client: OAuthClient,
    claims: Readonly<Record<string, unknown>>,
    options?: { readonly typ?: string; readonly alg?: string | undefined },
  ) => Promise<string>
  /** Reads an `id_token_hint`: `null` unless it is an ID token that this server signed, for a client that is there and active. */
  readonly readHint: (text: string) => Promise<IdTokenHint | null>
}

export function createIdTokens(options: IdTokensOptions): IdTokens {
  const { newId, keys, sealer, issuer, subjects, claims, findClient, clock = Date.now } = options
  const { idTokenLifetime = 3600 } = options

  async function keyFor(client: OAuthClient, alg: string): Promise<JwsKey> {
    const known = idTokenAlgorithms.find((one) => one === alg)
    if (known !== undefined && known !== 'HS256') return keys.signing(known)
    const secret = known === undefined ? null : secretKeyOf(client, sealer)
    if (secret !== null) return secret
    throw new OAuthError('unauthorized_client', 'The client is registered for an algorithm that it has no secret for.')
  }

  return {
    sign: async ({ client, user, grant, scopes, accessToken, code, state, nonce = grant.detail.nonce }) => {
      const key = await keyFor(client, algorithmOf(client))
      const now = Math.floor(clock() / 1000)
      const { authTime, acr, amr } = grant.detail
      const about = await claims.of({
        user,
        client,
        // Section 5.4: they are told by UserInfo, unless there will be no access token to ask it with.
        scopes: accessToken === undefined && code === undefined ? scopes : [],
        named: grant.detail.claims?.id_token,
      })
      return signJws(
        key,
        { typ: idTokenType },
        {
          ...about,
          ...organisationClaims(user),
          iss: issuer,
          sub: subjects.subjectOf(client, user.id),
          aud: client.id,
          iat: now,
          exp: now + idTokenLifetime,
          jti: formatId(newId()),
          ...(authTime === undefined ? {} : { auth_time: authTime }),
          ...(typeof nonce === 'string' ? { nonce } : {}),
          ...(acr === undefined ? {} : { acr }),
          ...(amr === undefined ? {} : { amr }),
          ...(grant.signInId === null ? {} : { sid: subjects.sidOf(client, grant.signInId) }),
          ...(accessToken === undefined ? {} : { at_hash: halfHash(accessToken, key.alg) }),
          ...(code === undefined ? {} : { c_hash: halfHash(code, key.alg) }),
          ...(state === undefined ? {} : { s_hash: halfHash(state, key.alg) }),
        },
      )
    },

    signFor: async (client, said, { typ, alg = algorithmOf(client) } = {}) =>
      signJws(await keyFor(client, alg), typ === undefined ? {} : { typ }, said),

    readHint: async (text) => {
      const jws = parseJws(text)
      // Other tokens of ours have another type; that of an ID token is this one (RFC 8725, section 3.11).
      if (jws === null || jws.header.typ !== idTokenType) return null
      const said = parseJsonObject(jws.payload)
      const { iss, aud, sub, sid = null, token_type: other } = said ?? {}
      if (iss !== issuer || typeof aud !== 'string' || typeof sub !== 'string' || other !== undefined) return null
      if (sid !== null && typeof sid !== 'string') return null
      const client = await findClient(aud)
      if (client === null || !client.isActive || !(await isSigned(jws, client))) return null
      return { client, subject: sub, sid }
    },
  }

  async function isSigned(jws: ParsedJws, client: OAuthClient): Promise<boolean> {
    const isSecret = jws.header.alg === 'HS256'
    const key = isSecret ? secretKeyOf(client, sealer) : await keys.find(jws.header)
    return key !== null && verifyJws(jws, key)
  }
}

/** Not `id_token+jwt` or the like: clients that look at it at all know `JWT`. */
const idTokenType = 'JWT'

/** What a client has registered for its ID tokens. */
function algorithmOf({ metadata }: Pick<OAuthClient, 'metadata'>): string {
  return metadata.idTokenSignedResponseAlg ?? idTokenAlgorithms[0]
}

/** Section 10.1: the octets of the client secret are the key. `null` where it is not kept, or too short to be one. */
function secretKeyOf(client: OAuthClient, sealer: Pick<Sealer, 'open'>): JwsKey | null {
  const { sealed_secret: sealed } = client.row
  if (!client.isConfidential || sealed === null || algorithmOf(client) !== 'HS256') return null
  const secret = sealer.open(clientSecretPurpose, sealed)
  if (secret === null || secret.byteLength < 32) return null
  return { alg: 'HS256', key: createSecretKey(secret) }
}

/** What `sealed_secret` is sealed for. */
export const clientSecretPurpose = 'client-secret'

/** The left half of the hash that belongs to the algorithm (section 3.1.3.6); Ed25519 has SHA-512 within (RFC 8032). */
function halfHash(value: string, alg: string): string {
  const bytes = hash(hashes[alg.slice(-3)] ?? 'sha512', value, 'buffer')
  return bytes.subarray(0, bytes.byteLength / 2).toString('base64url')
}

const hashes: Readonly<Record<string, string>> = { 256: 'sha256', 384: 'sha384', 512: 'sha512' }
