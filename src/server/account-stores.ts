import { type AccountDeletions, createAccountDeletions } from '../accounts/by-mail/account-deletions.ts'
import { type CompleteSignIn, createCompleteSignIn } from '../accounts/complete-sign-in.ts'
import type { OnSignInsEnded } from '../accounts/ended-sign-in.ts'
import { createGroups, type Groups } from '../accounts/groups.ts'
import { createPasswords, type Passwords } from '../accounts/passwords.ts'
import { createPendingSignIns } from '../accounts/pending-sign-ins.ts'
import { createPreferences, type Preferences } from '../accounts/preferences.ts'
import type { RequiredPasswords } from '../accounts/required-passwords.ts'
import { createEndSessions, type EndSessions } from '../accounts/end-sessions.ts'
import { createSessionWalk } from '../accounts/session-walk.ts'
import { createSessions, type Sessions } from '../accounts/sessions.ts'
import { createUsersByName, type UsersByName } from '../accounts/users-by-name.ts'
import { createUsers, type Users } from '../accounts/users.ts'
import { secondFactorSteps, trustMark } from '../factors/sign-in-steps.ts'
import { createCsrf, type Csrf } from '../http/csrf.ts'
import { baseUrlOf, isSecure } from './addresses.ts'
import { byMail, type ByMail, inOrder } from './by-mail.ts'
import { cookieNames } from './cookie-names.ts'
import { createFactorStores, type FactorStores, type MayRemoveFactor } from './factors.ts'
import type { Foundation } from './foundation.ts'
import { guessingGuard } from './guessing-guard.ts'
import { breachedPasswords, mailServices, type MailServices } from './mail-services.ts'
import { createOrganisationStores, invitedBy, type OrganisationStores } from './organisations.ts'
import type { Settings } from './settings.ts'

/** People: who there is, what they belong to, and how they get in. */
export interface AccountStores {
  readonly users: Users
  readonly usersByName: UsersByName
  readonly groups: Groups
  /** Who belongs together, and who has which role. */
  readonly orgs: OrganisationStores
  readonly csrf: Csrf
  readonly sessions: Sessions
  /** Ends sessions by what they are like. */
  readonly endSessions: EndSessions
  /** What every way to sign in calls once a credential was right. */
  readonly completion: CompleteSignIn
  readonly passwords: Passwords
  /** What people have beside a password. */
  readonly factors: FactorStores
  /** How people want moments written, and which mail they want. */
  readonly preferences: Preferences
  readonly mail: MailServices
  readonly byMail: ByMail
  /** People who delete their own account. */
  readonly deletions: AccountDeletions
  /** Passwords that have to be changed before their user is let in again. */
  readonly requiredPasswords: RequiredPasswords
}

export interface AccountStoresOptions {
  /** Hears of sign-ins that ended, in the unit that ends them. */
  readonly onEnded: OnSignInsEnded
  /** Hears of last uses that could not be written. */
  readonly onError: (error: unknown) => void
  /** See `openInstance`. */
  readonly mayRemoveFactor?: MayRemoveFactor | undefined
}

export async function createAccountStores(
  foundation: Foundation,
  { onEnded, onError, mayRemoveFactor }: AccountStoresOptions,
): Promise<AccountStores> {
  const { settings, log, clock, database, sealer, hasher, counters, address, format } = foundation
  const { revocations, accessTokenLifetime } = foundation
  const common = { database, clock, accessTokenLifetime, revocations }
  const isBreached = breachedPasswords(settings, log)
  const mail = mailServices(settings, { database, sealer, log, clock })
  const { notify, outbox } = mail
  const factors = await createFactorStores({
    settings,
    database,
    sealer,
    counters,
    format,
    notify,
    mayRemove: mayRemoveFactor,
    clock,
    ownLimits: foundation.ownLimits,
  })
  const guard = guessingGuard(settings, foundation)
  const orgs = createOrganisationStores({ ...common, settings, format, mail })
  const viaMail = byMail(settings, {
    ...common,
    format,
    sealer,
    hasher,
    counters,
    mail,
    guard,
    isBreached,
    onEnded,
    invitations: invitedBy(orgs),
  })
  const { forced, links, requiredPasswords } = viaMail
  const users = createUsers({
    ...common,
    onEnded,
    notify,
    tellOldAddress: viaMail.emailChanges.tellOldAddress,
    hasher,
    minPasswordLength: settings.passwordMinLength,
    isBreached,
  })
  const passwords = createPasswords({
    ...common,
    suffices: async (user, more) => {
      await forced.refuse(user, more)
      await factors.second.suffices(user, more)
    },
    onEnded,
    notify,
    isBreached,
    hasher,
    address,
    guard,
    minLength: settings.passwordMinLength,
    onFailed: (failure) => log.info(failure, 'a password was wrong'),
  })
  const secure = isSecure(settings)
  const names = cookieNames(settings)
  const csrf = createCsrf({
    key: sealer.derive('csrf'),
    cookieName: names.csrf,
    origins: originsOf(settings),
    secure,
  })
  const sessions = createSessions({
    database,
    format,
    csrf,
    cookieName: names.session,
    secure,
    clock,
    onError,
    onEnded,
    idle: settings.sessionIdle,
    lifetime: settings.sessionLifetime,
  })
  const { second, trusted } = factors
  return {
    users,
    usersByName: createUsersByName(database, users, clock),
    groups: createGroups(common),
    orgs,
    csrf,
    sessions,
    endSessions: createEndSessions({
      database,
      walk: createSessionWalk({ database, clock, idle: settings.sessionIdle }),
      clock,
      onEnded,
    }),
    completion: createCompleteSignIn({
      sessions,
      csrf,
      secure,
      pending: createPendingSignIns({ database, format, clock }),
      steps: inOrder(secondFactorSteps({ factors: second, trusted }), forced),
      marks: trustMark({ factors: second, trusted }),
      onSignedIn: viaMail.onSignedIn,
    }),
    passwords,
    factors,
    preferences: createPreferences({ database }),
    mail,
    byMail: viaMail,
    deletions: createAccountDeletions({
      database,
      clock,
      users,
      links,
      outbox,
      notify,
      baseUrl: baseUrlOf(settings),
      delay: settings.accountDeletionDelay,
    }),
    requiredPasswords,
  }
}

/** Where pages come from that may send the session cookie: one's own address, and those that are listed. */
function originsOf({ publicUrl, trustedOrigins }: Settings): readonly string[] {
  return [...(publicUrl === null ? [] : [new URL(publicUrl).origin]), ...trustedOrigins]
}
