/** Who somebody is at a provider, once all it said was checked. */
export interface ForeignIdentity {
  /** The provider's id in the settings. With `issuer` and `subject` it is the key of the account; nothing else ever is. */
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  /** What the provider calls the address, and whether it vouches for it. */
  readonly email: string | null
  readonly emailVerified: boolean
  /** What to show. People change these at will. */
  readonly name: string | null
  readonly handle: string | null
  /** How they proved who they are there (RFC 8176), as far as it says. */
  readonly amr: readonly string[]
  /** All that it said about them, for rules, and for whoever sets it up. */
  readonly claims: Claims
  readonly tokens: ForeignTokens
}

export type Claims = Readonly<Record<string, unknown>>

/** What the provider gave out. */
export interface ForeignTokens {
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly idToken: string | null
  /** Milliseconds since 1970. */
  readonly expiresAt: number | null
  readonly scope: string | null
}

/** A claim that is a text of a sane length that can be stored and shown; else `null`. */
export function textClaim(claims: Claims, name: string): string | null {
  const value = Object.hasOwn(claims, name) ? claims[name] : null
  if (typeof value !== 'string') return null
  const plain = value
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
  return plain === '' || plain.length > 254 ? null : plain
}
