import { deepFreeze, parseJsonObject } from '../crypto/json-object.ts'
import type { JwtClaims } from '../crypto/jwt.ts'

/** What an authorization server says of a token that is active (RFC 7662, section 2.2), by its names on the wire. */
export interface IntrospectedToken extends JwtClaims {
  readonly active: true
  readonly scope?: string
  readonly client_id?: string
  readonly username?: string
  readonly token_type?: string
}

export interface FactsInOptions {
  readonly audience: string | readonly string[] | null
  readonly issuer?: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Reads an answer, frozen. `null` for a token that is not active, not for us, over, or not an access token, and for an
 * answer that says anything in another type than it has to: nothing is guessed.
 */
export function factsIn(body: Uint8Array, { audience, issuer, now }: FactsInOptions): IntrospectedToken | null {
  const said = parseJsonObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  if (said === null || said['active'] !== true || !isWellTyped(said)) return null
  const token = said as unknown as IntrospectedToken
  if (token.exp !== undefined && now >= token.exp * 1000) return null
  if (token.nbf !== undefined && now < token.nbf * 1000) return null
  if (issuer !== undefined && token.iss !== undefined && token.iss !== issuer) return null
  if (audience !== null && !names(token.aud, audience)) return null
  if (isOfAnotherUse(token)) return null
  return deepFreeze(token)
}

function isWellTyped(said: Readonly<Record<string, unknown>>): boolean {
  const isAudience = said['aud'] === undefined || isTexts([said['aud']].flat())
  return (
    isAudience &&
    texts.every((name) => said[name] === undefined || typeof said[name] === 'string') &&
    times.every((name) => said[name] === undefined || Number.isFinite(said[name]))
  )
}

const texts = ['scope', 'client_id', 'username', 'token_type', 'sub', 'iss', 'jti']
const times = ['exp', 'iat', 'nbf']

function isTexts(values: readonly unknown[]): boolean {
  return values.length > 0 && values.every((value) => typeof value === 'string')
}

/** An audience that is not there is not ours. */
function names(aud: JwtClaims['aud'], wanted: string | readonly string[]): boolean {
  const named = [aud ?? []].flat()
  return [wanted].flat().some((one) => named.includes(one))
}

/**
 * Refresh tokens are introspected at the same endpoint; servers tell them apart in one of these ways. What is bound to a key
 * comes with that key (RFC 9449, section 6.2).
 */
function isOfAnotherUse(token: IntrospectedToken): boolean {
  const use = token['token_use'] ?? 'access_token'
  const type = token.token_type?.toLowerCase() ?? 'bearer'
  const isAccess = use === 'access_token' || use === 'client'
  return !isAccess || !(type === 'bearer' || type === 'access_token' || (type === 'dpop' && token['cnf'] !== undefined))
}
