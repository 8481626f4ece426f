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
  const written = issuer === null ? null : JSON.stringify(issuer)

  return {
    mayBeOurs: (token) => looksLikeJwt(token) && (written === null || mentions(token, written) || !isOfAnother(token)),
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

/** Three parts in base64url, the first of which begins like a JSON object. Tokens of other formats have dots, too. */
function looksLikeJwt(token: string): boolean {
  return token.startsWith('eyJ') && /^[\w-]+\.[\w-]*\.[\w-]*$/.test(token)
}

/** Reading the claims as text is far cheaper than parsing them; some issuers escape slashes, so a miss says nothing. */
function mentions(token: string, written: string): boolean {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'))
  return Buffer.from(payload, 'base64url').includes(written)
}

/** It comes from whoever made the token: only a plain word is repeated. */
function shown(type: unknown): string {
  return typeof type === 'string' && /^\w{1,32}$/.test(type) ? type : 'another kind'
}
