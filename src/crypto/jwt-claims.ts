import { JwtInvalid } from './jwt-invalid.ts'

/** The claims of a token. Those that RFC 7519, section 4.1, registers have the types given here; others may be anything. */
export interface JwtClaims {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  /** Seconds since 1970, as `nbf` and `iat`. */
  readonly exp?: number
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
  readonly [claim: string]: unknown
}

export interface ClaimsCheckOptions {
  readonly issuer?: string
  readonly audience?: string | readonly string[]
  readonly required?: readonly string[]
  readonly leeway?: number
  readonly maxAge?: number
}

/** When claims that are right are right: from the one to before the other, in milliseconds. */
export interface Validity {
  readonly from: number
  readonly until: number
}

/**
 * Makes the check of a token's claims at a time in milliseconds. It throws `JwtInvalid`, for whatever else is wrong before
 * it says `expired`, and answers with how long the result holds. Throws `TypeError` for options of the wrong type.
 */
export function createClaimsCheck(options: ClaimsCheckOptions): (claims: JwtClaims, now: number) => Validity {
  const issuer = wantedIssuer(options)
  const audience = wantedAudience(options)
  const required = wantedClaims(options)
  const leeway = seconds('leeway', options.leeway === undefined ? 0 : options.leeway)
  const maxAge = Object.hasOwn(options, 'maxAge') ? seconds('maxAge', options.maxAge) : null

  return (claims, now) => {
    checkTypes(claims)
    checkRequired(claims)
    checkIssuer(claims.iss)
    checkAudience(claims.aud)
    const validity = validityOf(claims)
    if (now >= validity.until) throw new JwtInvalid('expired')
    if (now < validity.from) throw new JwtInvalid('not_yet_valid')
    return validity
  }

  function checkRequired(claims: JwtClaims): void {
    for (const name of required) {
      const there = Object.hasOwn(claims, name) && claims[name] !== null
      if (!there) throw new JwtInvalid('claim', `The token lacks the claim ${name}.`)
    }
  }

  function checkIssuer(iss: string | undefined): void {
    if (issuer !== null && iss !== issuer) throw new JwtInvalid('issuer')
  }

  /** RFC 7519, section 4.1.3: one of those it is for must be us. */
  function checkAudience(aud: string | readonly string[] | undefined): void {
    if (audience === null) return
    const named = typeof aud === 'string' ? audience.has(aud) : aud?.some((one) => audience.has(one))
    if (named !== true) throw new JwtInvalid('audience')
  }

  /** RFC 7519, sections 4.1.4 to 4.1.6. `exp` itself is already too late; an `iat` to come is a clock or a forger at work. */
  function validityOf({ exp = Infinity, nbf = -Infinity, iat = -Infinity }: JwtClaims): Validity {
    const end = maxAge === null ? exp : Math.min(exp, iat + maxAge)
    return { from: (Math.max(nbf, iat) - leeway) * 1000, until: (end + leeway) * 1000 }
  }
}

/** The registered claims, where present, must be what RFC 7519, section 4.1, says, whether they are wanted or not. */
function checkTypes({ iss, sub, aud, exp, nbf, iat, jti }: JwtClaims): void {
  if (iss !== undefined && typeof iss !== 'string') throw wrongType('iss')
  if (sub !== undefined && typeof sub !== 'string') throw wrongType('sub')
  if (jti !== undefined && typeof jti !== 'string') throw wrongType('jti')
  if (exp !== undefined && !Number.isFinite(exp)) throw wrongType('exp')
  if (nbf !== undefined && !Number.isFinite(nbf)) throw wrongType('nbf')
  if (iat !== undefined && !Number.isFinite(iat)) throw wrongType('iat')
  if (aud === undefined || typeof aud === 'string') return
  if (!Array.isArray(aud) || aud.some((one) => typeof one !== 'string')) throw wrongType('aud')
}

function wrongType(name: string): JwtInvalid {
  return new JwtInvalid('claim', `The claim ${name} of the token is of the wrong type.`)
}

/** An option that is there but undefined is a setting that got lost: it must not switch its check off. */
function wantedIssuer(options: ClaimsCheckOptions): string | null {
  if (!Object.hasOwn(options, 'issuer')) return null
  if (!isText(options.issuer)) throw new TypeError('issuer must be a text. Leave it out to take any issuer.')
  return options.issuer
}

function wantedAudience(options: ClaimsCheckOptions): ReadonlySet<string> | null {
  if (!Object.hasOwn(options, 'audience')) return null
  const wanted: readonly unknown[] = Array.isArray(options.audience) ? options.audience : [options.audience]
  if (wanted.length === 0 || !wanted.every(isText)) {
    throw new TypeError('audience must be a text or a list of texts. Leave it out to take tokens for anyone.')
  }
  return new Set(wanted)
}

function wantedClaims({ required = ['exp'], maxAge }: ClaimsCheckOptions): readonly string[] {
  if (!Array.isArray(required) || !required.every(isText)) {
    throw new TypeError('required must be a list of names of claims, such as ["exp", "sub"].')
  }
  return maxAge === undefined ? required : [...required, 'iat']
}

function seconds(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new TypeError(`${name} must be a number of seconds, 0 or more.`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
