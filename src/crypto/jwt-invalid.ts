const messages = {
  malformed: 'The token is malformed.',
  algorithm: 'The token is signed with an algorithm that is not accepted.',
  key: 'The token is signed with a key that is not known.',
  signature: 'The signature of the token is not valid.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  issuer: 'The token is from another issuer.',
  audience: 'The token is for another audience.',
  type: 'The token is of another type.',
  claim: 'The token lacks a claim or holds one that is not valid.',
} as const

/** What is wrong with a token. `expired` is only said of tokens that are otherwise right in signature, issuer and audience. */
export type JwtInvalidReason = keyof typeof messages

/** The token is no good. The message is safe to send: it holds nothing of the token. */
export class JwtInvalid extends Error {
  readonly reason: JwtInvalidReason

  constructor(reason: JwtInvalidReason, message: string = messages[reason]) {
    super(message)
    this.name = 'JwtInvalid'
    this.reason = reason
  }
}
