import assert from 'node:assert/strict'
import { createLocalJWKSet, type JWTHeaderParameters, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose'
import { exchange, type Sending } from '../accounts/browser.contract.ts'
import type { User } from '../core/identity.ts'
import type { Answer, Endpoint } from '../http/exchange.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import type { OAuthClient } from './client.ts'
import type { GrantDetail } from './grants.ts'
import type { OAuthDesk } from './oauth-desk.contract.ts'

/** What a user has given a client, as a code would have been traded for. */
export interface SignedIn {
  readonly grantId: bigint
  readonly accessToken: string
  readonly idToken: string
}

export interface SigningIn {
  readonly user: UserRow
  readonly client: OAuthClient
  readonly scopes?: readonly string[]
  readonly audience?: readonly string[]
  /** `null`: it hangs on no browser session. */
  readonly signInId?: string | null
  readonly isOffline?: boolean
  readonly detail?: Partial<GrantDetail>
}

/** The user as the rest of the house knows them. */
export function userOf(row: UserRow): User {
  return { kind: 'user', id: formatId(row.id), name: row.username, email: row.email }
}

export async function clientAt(desk: OAuthDesk, { id }: { readonly id: string }): Promise<OAuthClient> {
  const client = await desk.server.findClient(id)
  assert.ok(client !== null)
  return client
}

/** Signs a user in to a client. */
export async function signInTo(desk: OAuthDesk, signingIn: SigningIn): Promise<SignedIn> {
  const { server, database, time } = desk
  const { user, client, scopes = ['openid'], audience = [], signInId = null, isOffline = false } = signingIn
  const detail = {
    by: 'authorization_code',
    authTime: Math.floor(time.now / 1000) - 5,
    amr: ['pwd'],
    acr: 'urn:doorward:acr:sfa',
    ...signingIn.detail,
  } as const
  const row = server.grants.make({
    clientKey: client.key,
    userId: user.id,
    signInId: signInId === null ? null : parseId(signInId),
    scopes,
    resources: [],
    isOffline,
    expiresAt: time.now + 90 * 86_400_000,
    detail,
  })
  const token = server.accessTokens.make({
    clientKey: client.key,
    userId: user.id,
    grantId: row.id,
    scopes,
    audience,
    confirmation: null,
    actor: null,
    now: time.now,
    expiresAt: time.now + 3_600_000,
  })
  await database.append({ grants: row, access_tokens: token.row })
  const idToken = await server.idTokens.sign({
    client,
    user: userOf(user),
    grant: { signInId: row.sign_in_id, detail },
    scopes,
    accessToken: token.text,
  })
  return { grantId: row.id, accessToken: token.text, idToken }
}

/** Verifies a token of the server as `jose` does, by its published keys. */
export async function verifiedBy(
  desk: OAuthDesk,
  text: string,
  options: JWTVerifyOptions = {},
): Promise<{ readonly claims: JWTPayload; readonly header: JWTHeaderParameters }> {
  const keys = createLocalJWKSet(desk.keys.jwks() as Parameters<typeof createLocalJWKSet>[0])
  const { payload, protectedHeader } = await jwtVerify(text, keys, {
    issuer: 'https://id.example',
    currentDate: new Date(desk.time.now),
    ...options,
  })
  return { claims: payload, header: protectedHeader }
}

export function endpointAt(desk: OAuthDesk, method: string, path: string): Endpoint {
  const endpoint = desk.server.routes.find((route) => route.path === path)?.methods[method]
  if (endpoint === undefined) throw new TypeError(`There is no endpoint at ${method} ${path}.`)
  return endpoint
}

/** Asks an endpoint; the query counts, the host is the server's own. */
export async function ask(desk: OAuthDesk, method: string, url: string, sending: Sending = {}): Promise<Answer> {
  const path = url.replace(/\?.*$/, '')
  return endpointAt(desk, method, path)(exchange({ method, url, ...sending }))
}

export function jsonOf(answer: Answer): Readonly<Record<string, unknown>> {
  return JSON.parse(answer.body) as Readonly<Record<string, unknown>>
}
