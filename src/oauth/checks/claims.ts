import { isDeepStrictEqual } from 'node:util'
import { parseJsonObject } from '../../crypto/json-object.ts'
import { OAuthError } from '../oauth-error.ts'

/** How one claim is asked for (OpenID Connect Core 1.0, section 5.5.1); `null`: if there is one. */
export type ClaimRequest = {
  readonly essential?: boolean
  readonly value?: unknown
  readonly values?: readonly unknown[]
} | null

export type NamedClaims = Readonly<Record<string, ClaimRequest>>

/** What `claims` asks for, and where it is to be told. Kept in the detail of the grant. */
export interface RequestedClaims {
  readonly id_token?: NamedClaims
  readonly userinfo?: NamedClaims
}

/** Reads `claims` (section 5.5); `undefined` where it was not sent. Throws `invalid_request`. What is not known is ignored. */
export function requestedClaims(text: string | null): RequestedClaims | undefined {
  if (text === null) return undefined
  const parsed = parseJsonObject(Buffer.from(text), true)
  if (parsed === null) throw malformed()
  const { id_token: idToken, userinfo } = parsed
  return {
    ...(idToken === undefined || idToken === null ? {} : { id_token: namedClaims(idToken) }),
    ...(userinfo === undefined || userinfo === null ? {} : { userinfo: namedClaims(userinfo) }),
  }
}

/** The `sub` that has to be the user's, or nobody's (section 5.5.1); `null` where anybody will do. */
export function wantedSubject(claims: RequestedClaims | undefined): string | null {
  const { value } = claims?.id_token?.['sub'] ?? {}
  return typeof value === 'string' ? value : null
}

/** The classes of `acr` of which one has to be met (section 5.5.1.1); `null` where that is not essential. */
export function essentialAcr(claims: RequestedClaims | undefined): readonly string[] | null {
  const asked = claims?.id_token?.['acr'] ?? null
  if (asked?.essential !== true) return null
  const values = asked.value === undefined ? asked.values : [asked.value]
  const names = (values ?? []).filter((name) => typeof name === 'string')
  return names.length === 0 ? null : names
}

/** Whether a value is one of those that were asked for, where any were. */
export function isAskedFor(value: unknown, request: ClaimRequest): boolean {
  const wanted = request?.value === undefined ? request?.values : [request.value]
  return wanted === undefined || wanted.some((one) => isDeepStrictEqual(one, value))
}

function namedClaims(value: unknown): NamedClaims {
  if (!isObject(value)) throw malformed()
  return Object.fromEntries(Object.entries(value).map(([name, request]) => [name, claimRequest(request)]))
}

function claimRequest(value: unknown): ClaimRequest {
  if (value === null) return null
  if (!isObject(value)) throw malformed()
  const { essential, value: wanted, values } = value
  if (essential !== undefined && typeof essential !== 'boolean') throw malformed()
  if (values !== undefined && !Array.isArray(values)) throw malformed()
  return {
    ...(essential === undefined ? {} : { essential }),
    ...(wanted === undefined ? {} : { value: wanted }),
    ...(values === undefined ? {} : { values: values as readonly unknown[] }),
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(): OAuthError {
  return new OAuthError('invalid_request', 'The parameter claims has to be a JSON object of id_token and userinfo.')
}
