import { addressWhenHeld, type HeldUp } from '../accounts/held-up.ts'
import type { AuthorizationRequest } from './checks/authorization-request.ts'
import { OAuthError } from './oauth-error.ts'
import { markField, type SentRequest } from './sent-request.ts'
import type { SignInMarks } from './sign-in-marks.ts'
import type { SignInNeed } from './sign-in-needs.ts'

export interface WaysToSignInOptions {
  readonly signInMarks: Pick<SignInMarks, 'mark'>
  /** Where the authorization endpoint is. */
  readonly path: string
  /** Where people sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Where they show a factor more (/accounts/confirm/). */
  readonly confirmPath?: string
}

/**
 * Addresses of the pages where somebody does what a request needs of them, each of which leads back to this very request. They
 * throw `OAuthError` (`invalid_request`) for one that is too long for that.
 */
export interface WaysToSignIn {
  /** `username`: whoever is signed in. */
  readonly forNeed: (
    sent: SentRequest,
    need: SignInNeed,
    asked: Pick<AuthorizationRequest, 'loginHint'> & { readonly username: string | null },
  ) => string
  /** Where they do what a newer rule wants of them. Throws `interaction_required` where they may not be asked (OpenID Connect Core 1.0, section 3.1.2.6). */
  readonly forHold: (
    sent: SentRequest,
    held: HeldUp,
    asked: Pick<AuthorizationRequest, 'prompts'> & { readonly username: string },
  ) => string
  readonly forOtherUser: (sent: SentRequest) => string
}

export function createWaysToSignIn(options: WaysToSignInOptions): WaysToSignIn {
  const { signInMarks, path, signInPath = '/accounts/login/', confirmPath = '/accounts/confirm/' } = options

  function withMark({ text }: SentRequest): string {
    checkLength(text)
    return `${path}?${text}&${markField}=${signInMarks.mark(text)}`
  }

  return {
    forNeed: (sent, need, { loginHint, username }) => {
      const next = withMark(sent)
      if (need === 'second_factor' || need === 'passkey') {
        const second = need === 'passkey' ? 'passkey' : '1'
        return `${confirmPath}?${new URLSearchParams({ second, next })}`
      }
      const hint = loginHint ?? (need === 'prove_again' ? username : null)
      const fresh = need === 'choose' ? {} : { fresh: '1' }
      return `${signInPath}?${new URLSearchParams({ next, ...fresh, ...(hint === null ? {} : { login_hint: hint }) })}`
    },

    forHold: (sent, held, { prompts, username }) => {
      if (prompts.includes('none')) {
        throw new OAuthError('interaction_required', 'The person has to do something more before they are let in.')
      }
      return addressWhenHeld(held, { next: withMark(sent), name: username, signInPath, confirmPath })
    },

    forOtherUser: (sent) => `${signInPath}?${new URLSearchParams({ next: withMark(sent), fresh: '1' })}`,
  }
}

/** Throws where a request would not fit into the address of the page that leads back to it. */
export function checkLength(text: string): void {
  if (text.length > longestRequest) {
    throw new OAuthError('invalid_request', 'The request is too long. Push it before (RFC 9126).')
  }
}

/** Characters. */
const longestRequest = 8000
