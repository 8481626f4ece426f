import { parseJsonObject } from '../crypto/json-object.ts'
import { isJwsAlgorithm } from '../crypto/jws-key.ts'
import { type JwsHeader, type JwsKey, type ParsedJws, parseJws } from '../crypto/jws.ts'
import { subjectFits } from './subject-pattern.ts'

/** A JWT of an issuer elsewhere, taken apart. Nothing about it has been checked but its form. */
export interface WorkloadToken {
  readonly jws: ParsedJws
  readonly claims: Readonly<Record<string, unknown>>
  readonly issuer: string
  readonly subject: string
  /** What `aud` names: a text, or a list of them (RFC 7519, section 4.1.3). */
  readonly audiences: readonly string[]
}

/** Finds the public key of an issuer that a header names; `null`: it has none such. Throws `Unavailable` where its keys cannot be had. */
export type FindIssuerKey = (issuer: string, header: Pick<JwsHeader, 'alg' | 'kid'>) => Promise<JwsKey | null>

/** What a token is held against. */
export interface WorkloadRule {
  readonly subject: string
  readonly audience: string
  /** Seconds that a token may still live (a day). */
  readonly longestLife?: number | null
}

/** `null` for what is no JWT with an issuer, a subject and an audience, and for what is longer than 8192 characters. */
export function readWorkloadToken(text: string): WorkloadToken | null {
  const jws = parseJws(text)
  const claims = jws === null ? null : parseJsonObject(jws.payload)
  if (jws === null || claims === null) return null
  const { iss: issuer, sub: subject, aud } = claims
  if (typeof issuer !== 'string' || typeof subject !== 'string' || subject === '') return null
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (audiences.length === 0 || audiences.length > mostAudiences) return null
  return audiences.every((one) => typeof one === 'string') ? { jws, claims, issuer, subject, audiences } : null
}

/** What can be seen without the keys of the issuer, each by what it looks at. */
export const workloadChecks: Readonly<
  Record<WorkloadCheck, (token: WorkloadToken, rule: WorkloadRule, now: number) => boolean>
> = {
  // A token of the same issuer for another purpose has another type (RFC 8725, section 3.11); one that is bound to a key or a
  // certificate is nobody's who merely shows it (RFC 9449, section 7.2).
  type: ({ jws: { header }, claims }) =>
    (header.typ === undefined || header.typ.toLowerCase() === 'jwt') && claims['cnf'] === undefined,
  // A key pair, so that nobody can sign with what the issuer publishes (RFC 8725, section 2.1).
  algorithm: ({ jws: { header } }) => isJwsAlgorithm(header.alg) && !header.alg.startsWith('HS'),
  audience: ({ audiences }, { audience }) => audiences.includes(audience),
  subject: ({ subject }, rule) => subjectFits(rule.subject, subject),
  expiry: ({ claims: { exp } }, { longestLife }, now) => {
    const longest = Math.min(longestLife ?? aDay, aDay)
    return typeof exp === 'number' && exp > now / 1000 && exp <= now / 1000 + longest + leeway
  },
  beginning: ({ claims: { nbf, iat } }, _rule, now) =>
    [nbf, iat].every((time) => time === undefined || (typeof time === 'number' && time <= now / 1000 + leeway)),
}

export type WorkloadCheck = 'type' | 'algorithm' | 'audience' | 'subject' | 'expiry' | 'beginning'

/** Whether nothing is to be said against a token but that its signature was not looked at. `now`: milliseconds. */
export function isFitting(token: WorkloadToken, rule: WorkloadRule, now: number): boolean {
  return Object.values(workloadChecks).every((isGood) => isGood(token, rule, now))
}

/** Whoever else is named could show the token here. */
const mostAudiences = 10
/** Seconds by which the issuer's clock may be ahead. */
const leeway = 30
/** What lives for longer is no better than a key, and nobody could revoke it. */
const aDay = 86_400
