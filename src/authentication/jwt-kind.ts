import { peekJwt, type JwtClaims } from '../crypto/jwt.ts'

export interface JwtKindOptions {
  readonly issuer: string | null
  readonly tokenTypes: readonly string[]
  readonly untyped: boolean
}

/** Tells tokens apart by what they say of themselves: nothing here proves anything. */
export interface JwtKind {
  /** Whether it looks like a JWT that could be from our issuer, at little cost: it may be wrong, but only by saying yes. */
  readonly mayBeOurs: (token: string) => boolean
  /** Whether it is a JWT from another issuer. */
  readonly isOfAnother: (token: string) => boolean
  /** What is wrong with its type, in a sentence, or `null` where it is an access token. */
  readonly typeProblem: (token: string, claims?: JwtClaims) => string | null
}

/** Makes the test for what kind a token is. */
export function createJwtKind({ issuer, tokenTypes, untyped }: JwtKindOptions): JwtKind {
  const traces = issuer === null ? [] : encodedTraces(JSON.stringify(issuer))

  return {
    mayBeOurs: (token) => looksLikeJwt(token) && (traces.some((trace) => token.includes(trace)) || !isOfAnother(token)),
    isOfAnother,
    typeProblem: (token, claims = peekJwt(token)?.payload ?? {}) => {
      const type = claims['token_type']
      if (type === undefined) return isNamedAccess(token) ? null : 'The token does not say that it is an access token.'
      return tokenTypes.includes(type as string) ? null : `The token is of the type ${shown(type)}, not ${wanted()}.`
    },
  }

  function isOfAnother(token: string): boolean {
    const seen = issuer === null ? null : peekJwt(token)
    return seen !== null && seen.payload.iss !== issuer
  }

  /** RFC 9068, section 2.1; RFC 7515, section 4.1.9, lets `application/` be left out. */
  function isNamedAccess(token: string): boolean {
    const typ = peekJwt(token)?.header.typ?.toLowerCase() ?? 'jwt'
    return typ === 'at+jwt' || typ === 'application/at+jwt' || (untyped && typ === 'jwt')
  }

  function wanted(): string {
    return tokenTypes.join(' or ')
  }
}

/** Three parts, the first of which begins like a JSON object. Tokens of other formats have dots, too. */
function looksLikeJwt(token: string): boolean {
  if (!token.startsWith('eyJ')) return false
  const second = token.indexOf('.', token.indexOf('.') + 1)
  return second > token.indexOf('.') && token.indexOf('.', second + 1) === -1
}

/**
 * What a text leaves in the base64url of any longer one: three bytes become four characters, so it may begin in three ways,
 * and the characters that it shares with its neighbours are left out. Looking for these is far cheaper than parsing the
 * claims. Some issuers escape slashes, so that nothing is found says nothing.
 */
function encodedTraces(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.from('\0'.repeat(before) + text)
    const encoded = bytes.toString('base64url')
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
  })
}

/** It comes from whoever made the token: only a plain word is repeated. */
function shown(type: unknown): string {
  return typeof type === 'string' && /^\w{1,32}$/.test(type) ? type : 'another kind'
}
