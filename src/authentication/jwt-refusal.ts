import { AuthenticationFailed } from '../core/errors.ts'

/** Why a token that is valid is refused all the same. */
export type JwtRefusal = 'token_not_valid' | 'user_not_found' | 'user_inactive' | 'password_changed'

/** The refusal of a token that was valid, as stores and revocations give the reason. */
export function refused(code: JwtRefusal, tokenTypes: readonly string[]): AuthenticationFailed {
  if (code === 'token_not_valid') return notValid('The token was revoked.', tokenTypes)
  return new AuthenticationFailed(code, undefined, { challenge: { error: 'invalid_token' } })
}

/** The refusal of one that is not. The body is that of SimpleJWT, with a message for each type that would have been taken. */
export function notValid(message: string, tokenTypes: readonly string[], cause?: unknown): AuthenticationFailed {
  const messages = tokenTypes.map((type) => {
    return { token_class: `${type.slice(0, 1).toUpperCase()}${type.slice(1)}Token`, token_type: type, message }
  })
  return new AuthenticationFailed('token_not_valid', message, {
    challenge: { error: 'invalid_token' },
    body: { messages },
    ...(cause === undefined ? {} : { cause }),
  })
}
