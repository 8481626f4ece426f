import { type AcceptedTerms, createAcceptedTerms } from '../accounts/accepted-terms.ts'
import { createCodeSignIns, type CodeSignIns } from '../accounts/by-mail/code-sign-ins.ts'
import type { MailLimit } from '../accounts/by-mail/by-mail.ts'
import { createEmailChanges, type EmailChanges } from '../accounts/by-mail/email-changes.ts'
import { createEmailVerifications, type EmailVerifications } from '../accounts/by-mail/email-verifications.ts'
import { createMailCodes } from '../accounts/by-mail/mail-codes.ts'
import { createMailLinks, type MailLinks } from '../accounts/by-mail/mail-links.ts'
import { createPasswordResets, type PasswordResets } from '../accounts/by-mail/password-resets.ts'
import { createSignUps, type SignUps, type SignUpsOptions } from '../accounts/by-mail/sign-ups.ts'
import type { SignInStep } from '../accounts/complete-sign-in.ts'
import type { OnSignInsEnded } from '../accounts/ended-sign-in.ts'
import { dropForeignWaysIn } from '../accounts/first-proof.ts'
import { createForcedSteps, type ForcedSteps } from '../accounts/forced-steps.ts'
import { createRequiredPasswords, type RequiredPasswords } from '../accounts/required-passwords.ts'
import type { PasswordGuard } from '../accounts/password-guard.ts'
import { Throttled } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { PasswordHasher } from '../crypto/password-hash.ts'
import { digest } from '../crypto/digest.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import { callerAt } from '../throttling/caller.ts'
import type { Counters } from '../throttling/counters.ts'
import { parseRate } from '../throttling/rate.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { baseUrlOf } from './addresses.ts'
import { termsOf } from './terms-of.ts'
import type { MailServices } from './mail-services.ts'
import type { Settings } from './settings.ts'

/** What people do by mail: new passwords, verified addresses, accounts of their own, codes. */
export interface ByMail {
  readonly links: MailLinks
  readonly resets: PasswordResets
  readonly verifications: EmailVerifications
  readonly emailChanges: EmailChanges
  readonly signUps: SignUps
  /** `null` where nobody signs in by codes. */
  readonly codeSignIns: CodeSignIns | null
  readonly requiredPasswords: RequiredPasswords
  /** Who has accepted which terms. */
  readonly terms: AcceptedTerms
  /** What may have to be done before a sign-in is complete. */
  readonly forced: ForcedSteps
  /** Ends links to a new password of somebody who got in without. */
  readonly onSignedIn: (user: User) => Promise<void>
}

export interface ByMailParts {
  readonly database: Database
  readonly format: TokenFormat
  readonly sealer: Sealer
  readonly hasher: PasswordHasher
  readonly counters: Counters
  readonly mail: MailServices
  readonly guard: PasswordGuard
  readonly isBreached: ((password: string) => Promise<boolean>) | undefined
  readonly onEnded: OnSignInsEnded
  readonly revocations: Revocations
  readonly accessTokenLifetime: number
  readonly invitations?: SignUpsOptions['invitations'] | undefined
  readonly clock: () => number
}

export function byMail(settings: Settings, parts: ByMailParts): ByMail {
  const { database, format, sealer, hasher, counters, mail, guard, clock } = parts
  const { onEnded, revocations, accessTokenLifetime } = parts
  const { outbox, notify } = mail
  const links = createMailLinks({ database, format, clock })
  const common = {
    database,
    links,
    outbox,
    baseUrl: baseUrlOf(settings),
    mailUnknown: settings.mailUnknownAccounts,
    limit: mailLimit(settings, counters, clock),
    clock,
  }
  const terms = createAcceptedTerms({ database, clock, terms: termsOf(settings) })
  const ending = { onEnded, revocations, accessTokenLifetime }
  const rules = { hasher, minLength: settings.passwordMinLength, isBreached: parts.isBreached }
  const verifications = createEmailVerifications({ ...common, lifetime: settings.emailVerificationLifetime })
  return {
    links,
    verifications,
    resets: createPasswordResets({
      ...common,
      ...ending,
      ...rules,
      notify,
      lifetime: settings.passwordResetLifetime,
      onReset: async (account, address) => guard.clear?.({ account, address }),
      onFirstProof: async (unit, userId) => dropForeignWaysIn(unit, userId, Math.floor(clock())),
    }),
    emailChanges: createEmailChanges({ ...common, ...ending, notify, undoLifetime: settings.emailUndoLifetime }),
    signUps: createSignUps({
      ...common,
      ...rules,
      verifications,
      mode: settings.signUp,
      usernames: settings.signUpUsername,
      passwordless: settings.emailCodes,
      terms: terms.current,
      lifetime: settings.emailVerificationLifetime,
      ...(parts.invitations === undefined ? {} : { invitations: parts.invitations }),
    }),
    requiredPasswords: createRequiredPasswords({ ...common, ...ending, ...rules, notify }),
    terms,
    forced: createForcedSteps({
      database,
      terms,
      mustVerify: settings.emailVerification === 'mandatory',
      onVerify: async ({ id }, address, next) => mailAgain(verifications, id, { address, next }),
    }),
    onSignedIn: async ({ id }) => {
      const userId = parseId(id)
      if (userId !== null) await links.signedIn(userId)
    },
    codeSignIns: settings.emailCodes
      ? createCodeSignIns({
          ...common,
          codes: createMailCodes({ database, format, key: sealer.derive('mail codes'), clock }),
          guard: async (account, address) => guard.attempt({ account, address }),
        })
      : null,
  }
}

/** Mails the link to verify an address again, at a sign-in that waits for it; not where that was done too often already. */
async function mailAgain(
  verifications: EmailVerifications,
  userId: string,
  { address, next }: { readonly address: string | null; readonly next: string | null },
): Promise<void> {
  await verifications.send(userId, { actor: `user:${userId}`, address }, next).catch((error: unknown) => {
    if (!(error instanceof Throttled)) throw error
  })
}

/**
 * All steps of a sign-in: the second factor that there is comes first, since all others are for whoever the account is of; one
 * that has to be added comes last.
 */
export function inOrder(
  factors: readonly SignInStep[],
  { verifyEmail, changePassword, acceptTerms }: Pick<ForcedSteps, 'verifyEmail' | 'changePassword' | 'acceptTerms'>,
): readonly SignInStep[] {
  const [first, ...others] = factors
  return [...(first === undefined ? [] : [first]), verifyEmail, changePassword, acceptTerms, ...others]
}

/** The caller's network is asked first: whoever lets mail rain takes nothing from those that it rains on. */
function mailLimit(settings: Settings, counters: Counters, clock: () => number): MailLimit {
  const { mailsPerAddress, mailsPerAccount } = settings
  const perAddress = mailsPerAddress === null ? null : parseRate(mailsPerAddress)
  const perAccount = mailsPerAccount === null ? null : parseRate(mailsPerAccount)
  return async ({ address, emailKey }) => {
    const buckets = [
      { rate: perAddress, key: `mail.network:${callerAt(address)}` },
      { rate: perAccount, key: `mail.account:${digest(emailKey).toString('base64url')}` },
    ]
    for (const { rate, key } of buckets) {
      if (rate === null) continue
      const { allowed, wait } = await counters.take(key, rate, clock())
      if (!allowed) throw new Throttled(wait)
    }
  }
}
