import type { Message } from '../../mail/message.ts'
import type { UserRow } from '../../storage/schema.ts'
import { type ActedBy, eventBy } from '../acted-by.ts'
import { accountOf } from '../password-rows.ts'
import { addressIn, type ByMailOptions, linkTo, unknownMessage, userByEmail } from './by-mail.ts'
import type { CodeOutcome, MailCodes } from './mail-codes.ts'

export interface CodeSignInsOptions extends ByMailOptions {
  readonly codes: MailCodes
  /** What stops guessing an account's codes over many mails: counts a try, and throws `Throttled` (nothing). */
  readonly guard?: (account: string, address: string | null) => Promise<{ readonly succeeded: () => Promise<void> }>
  /** Where to sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Where the link of the mail leads (/accounts/code/link/). */
  readonly linkPath?: string
}

/** Who proves who they are by a code in a mail. */
export interface CodeSignIns {
  /**
   * Mails a code to the verified address of an active account, and gives what the browser keeps. For every other address it does
   * the same work and gives the same, and no code is right. Throws `invalid` for what is no address, and `Throttled`.
   */
  readonly request: (
    email: string,
    by: ActedBy,
    replaces?: string | null,
  ) => Promise<{ readonly handle: string; readonly expiresAt: number }>
  readonly isOpen: (handle: string) => Promise<boolean>
  /** Tries a code. Throws `Throttled` where too many were wrong. */
  readonly attempt: (handle: string, code: string, by: ActedBy & { readonly email: string }) => Promise<CodeOutcome>
}

export function createCodeSignIns(options: CodeSignInsOptions): CodeSignIns {
  const { database, outbox, codes, limit, guard, baseUrl, mailUnknown = false, clock = Date.now } = options
  const { signInPath = '/accounts/login/', linkPath = '/accounts/code/link/' } = options

  return {
    request: async (typed, by, replaces = null) => {
      const { email, key } = addressIn(typed)
      await limit?.({ address: by.address ?? null, emailKey: key })
      const user = await userByEmail(database, key)
      const isTheirs = canSignIn(user)
      return database.write(async (unit) => {
        const { handle, code, expiresAt } = await codes.open(unit, isTheirs ? user : null, replaces)
        const unknown = mailUnknown && user === null ? unknownMessage(email, `${baseUrl}${signInPath}`, clock()) : null
        await outbox.add(
          unit,
          isTheirs ? codeMessage(user, code, expiresAt, linkTo(baseUrl, linkPath, code.replaceAll(' ', ''))) : unknown,
        )
        const who = isTheirs ? accountOf(user.id) : 'unknown'
        await database.audit(unit, eventBy({ actor: who, ...by }, 'sign_in.code_asked', who))
        return { handle, expiresAt }
      })
    },

    isOpen: codes.isOpen,

    attempt: async (handle, code, { email, ...by }) => {
      const attempt = await guard?.(`code:${addressIn(email).key}`, by.address ?? null)
      const outcome = await codes.attempt(handle, code)
      if (outcome.kind === 'right') await attempt?.succeeded()
      else await database.append({ audit: eventBy({ actor: 'unknown', ...by }, 'sign_in.code_failed', 'unknown') })
      return outcome
    },
  }
}

/** An address that nobody has proved may be anybody's. */
function canSignIn(user: UserRow | null): user is UserRow & { readonly email: string } {
  return user !== null && user.is_active === 1 && user.email !== null && user.email_verified === 1
}

/** The link holds the code and nothing else: in any browser but the one that asked, it is of no more use than the code is. */
function codeMessage(
  user: UserRow & { readonly email: string },
  code: string,
  expiresAt: number,
  url: string,
): Message {
  return {
    kind: 'sign_in_code',
    to: user.email,
    subject: 'Your code to sign in',
    expiresAt,
    parts: [
      'Type this code where you asked for it:',
      { code },
      'Or, where you read this in that very browser:',
      { link: url, text: 'Sign in' },
      'Either works once, for ten minutes, in that browser alone. Nobody who works here will ever ask you for it.',
      'If it was not you, there is nothing to do. Do not pass the code or the link on.',
    ],
  }
}
