import { type AccountDeletions, createAccountDeletions } from '../accounts/by-mail/account-deletions.ts'
import { createGroups, type Groups } from '../accounts/groups.ts'
import type { OnSignInsEnded } from '../accounts/ended-sign-in.ts'
import { createPendingSignIns } from '../accounts/pending-sign-ins.ts'
import { type CompleteSignIn, createCompleteSignIn } from '../accounts/complete-sign-in.ts'
import type { RequiredPasswords } from '../accounts/required-passwords.ts'
import { createPasswords, type Passwords } from '../accounts/passwords.ts'
import { createSessions, type Sessions } from '../accounts/sessions.ts'
import { createUsersByName, type UsersByName } from '../accounts/users-by-name.ts'
import { createUsers, type Users } from '../accounts/users.ts'
import { secondFactorSteps, trustMark } from '../factors/sign-in-steps.ts'
import { longestAccessToken } from '../oauth/client-values.ts'
import type { IntrospectionMembers } from '../oauth/endpoints/introspect.ts'
import type { TokenAnswerMembers } from '../oauth/endpoints/token.ts'
import type { UserClaimTable } from '../oauth/user-claims.ts'
import { createOAuthServer, type OAuthServer } from '../oauth/server.ts'
import { createPasswordHasher, type PasswordHasher, type PasswordHasherOptions } from '../crypto/password-hash.ts'
import { djangoPasswords } from '../crypto/django-passwords.ts'
import { createSealer, type Sealer } from '../crypto/seal.ts'
import { peerAddress, type ClientAddress } from '../core/request.ts'
import { forwardedFor } from '../http/address.ts'
import { createCsrf, type Csrf } from '../http/csrf.ts'
import type { SafeFetch } from '../http/safe-fetch.ts'
import type { Database } from '../storage/database.ts'
import { type AuditBinding, type AuditReport, verifyAudit } from '../storage/verify-audit.ts'
import { watchRevocations, type Revocations } from '../storage/revocations.ts'
import type { Counters } from '../throttling/counters.ts'
import { createTokenFormat, type TokenFormat } from '../tokens/format.ts'
import { keptSecret } from '../tokens/kept-secret.ts'
import { auditBinding } from './audit-binding.ts'
import { byMail, inOrder, type ByMail } from './by-mail.ts'
import { secretOf } from './configuration.ts'
import { createLog, type Logger } from './log.ts'
import { oauthServerOptions } from './oauth-server-options.ts'
import { openCounters } from './open-counters.ts'
import { baseUrlOf, breachedPasswords, mailServices, refuseWithoutMail, type MailServices } from './mail-services.ts'
import { openDatabase } from './open-database.ts'
import { createLists, type Lists } from './lists.ts'
import { createFactorStores, type FactorStores, type MayRemoveFactor, stepUpBy } from './factors.ts'
import { createOrganisationStores, invitedBy, type OrganisationStores } from './organisations.ts'
import { guessingGuard } from './guessing-guard.ts'
import { SettingsInvalid, type Settings } from './settings.ts'
import { createTokenStores, type TokenStores } from './token-stores.ts'
import { openSocial } from './social-instance.ts'
import type { Social } from '../social/social.ts'

export { issuerOf, localAddress } from './addresses.ts'

/** Everything that a running Doorward has, made from its settings. */
export interface Instance extends TokenStores {
  readonly settings: Settings
  readonly log: Logger
  readonly clock: () => number
  readonly database: Database
  readonly sealer: Sealer
  readonly hasher: PasswordHasher
  readonly counters: Counters
  /** How a caller's address is found. */
  readonly address: ClientAddress
  readonly format: TokenFormat
  readonly revocations: Revocations
  readonly users: Users
  readonly usersByName: UsersByName
  readonly groups: Groups
  /** Who belongs together, and who has which role. */
  readonly orgs: OrganisationStores
  readonly csrf: Csrf
  readonly sessions: Sessions
  /** What every way to sign in calls once a credential was right. */
  readonly completion: CompleteSignIn
  readonly passwords: Passwords
  /** What people have beside a password. */
  readonly factors: FactorStores
  readonly mail: MailServices
  readonly byMail: ByMail
  /** People who delete their own account. */
  readonly deletions: AccountDeletions
  /** Passwords that have to be changed before their user is let in again. */
  readonly requiredPasswords: RequiredPasswords
  readonly oauth: OAuthServer
  /** What administrators read page by page. */
  readonly lists: Lists
  readonly social: Social
  /** Reads the whole audit log, and tells whether anything in it was changed or is missing. */
  readonly verifyAudit: (onProgress?: (rows: number) => void) => Promise<AuditReport>
  /** Writes what is still to be written, and lets go of everything. */
  readonly close: () => Promise<void>
}

export interface InstanceOptions {
  /** An open database in place of the one that the settings name; it is closed with the instance (none). */
  readonly database?: Database
  /** Where log lines go (standard output, at the level of the settings). */
  readonly log?: Logger
  /** How what clients name is asked for: keys, documents, logout (https only, and the addresses of the settings). */
  readonly fetch?: SafeFetch
  /** How providers that people sign in with are asked (https only, and the addresses of the settings). */
  readonly providerFetch?: SafeFetch
  /** Claims about users for applications, beside name and e-mail address, or in place of them (none). */
  readonly userClaims?: UserClaimTable
  /** Further members of answers with tokens, and of introspections (none). */
  readonly tokenAnswerMembers?: TokenAnswerMembers
  readonly introspectionMembers?: IntrospectionMembers
  /** Where people sign in, where that is a page of an application (Doorward's own: /accounts/login/). */
  readonly signInPath?: string
  /** Refuses, by throwing, to let a user take away a second factor or a passkey of theirs: `'totp'`, `'passkey'` (they may). */
  readonly mayRemoveFactor?: MayRemoveFactor
  /** What a password costs to hash: less is for tests (19 MiB, two passes). */
  readonly passwordCosts?: Pick<PasswordHasherOptions, 'memoryCost' | 'timeCost'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
  /** Whether the schema is brought up to date first (true). Safe on several nodes at once. */
  readonly migrate?: boolean
}

/** Opens the database, brings its schema up to date, and makes the stores. It does not listen. */
export async function openInstance(settings: Settings, options: InstanceOptions = {}): Promise<Instance> {
  const { clock = Date.now, log = createLog({ level: settings.logLevel }) } = options
  refuseWithoutMail(settings)
  const sealer = createSealer({ secret: secretOf(settings), previousSecrets: settings.previousSecrets })
  let binding: AuditBinding | null = null
  const database = options.database ?? (await openDatabase(settings, { clock, auditKey: () => binding?.key ?? null }))
  await upToDate(database, log, options.migrate !== false).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  // A database that was opened elsewhere has what it was opened with.
  if (options.database === undefined) binding = await auditBinding({ database, sealer, clock })
  const hasher = createPasswordHasher({
    ...options.passwordCosts,
    verifiers: djangoPasswords,
    queue: settings.passwordQueue,
    ...(settings.passwordConcurrency === null ? {} : { concurrency: settings.passwordConcurrency }),
  })
  const { counters, inRedis, close: closeCounters } = await openCounters(settings.redisUrl, database, log)
  const address =
    settings.trustedProxies.length === 0 ? peerAddress : forwardedFor({ trusted: settings.trustedProxies })
  const format = createTokenFormat({ prefix: settings.tokenPrefix })
  const { accessTokenLifetime } = settings
  const revocations = await watchRevocations(database, { clock })
  // Clients may have lifetimes of their own; for as long is remembered what was revoked.
  const longestLifetime = Math.max(accessTokenLifetime, settings.oauthAccessTokenLifetime, longestAccessToken)
  const common = { database, clock, accessTokenLifetime: longestLifetime, revocations }
  // It is made further below, of what is made here.
  const onEnded: OnSignInsEnded = async (...ended) => oauth.logout.signInsEnded(...ended)
  const isBreached = breachedPasswords(settings, log)
  const mail = mailServices(settings, { database, sealer, log, clock })
  const factors = await createFactorStores({
    settings,
    database,
    sealer,
    counters,
    format,
    notify: mail.notify,
    mayRemove: options.mayRemoveFactor,
    clock,
  })
  const guard = guessingGuard(settings, counters, clock)
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
  const { forced } = viaMail
  const passwords = createPasswords({
    ...common,
    suffices: async (user, more) => {
      await forced.refuse(user, more)
      await factors.second.suffices(user, more)
    },
    onEnded,
    notify: mail.notify,
    isBreached,
    hasher,
    address,
    guard,
    minLength: settings.passwordMinLength,
    onFailed: (failure) => log.info(failure, 'a password was wrong'),
  })
  const onError = (error: unknown): void =>
    log.warn({ err: error }, 'last uses could not be written; they are tried again')
  const tokens = await createTokenStores(settings, { ...common, sealer, format, log, onEnded, onError })
  const { signingKeys, pairs } = tokens

  const users = createUsers({
    ...common,
    onEnded,
    notify: mail.notify,
    tellOldAddress: viaMail.emailChanges.tellOldAddress,
    hasher,
    minPasswordLength: settings.passwordMinLength,
    isBreached,
  })
  const secure = settings.publicUrl?.startsWith('https:') === true
  const csrf = createCsrf({ key: sealer.derive('csrf'), origins: originsOf(settings), secure })
  const sessions = createSessions({
    database,
    format,
    csrf,
    secure,
    clock,
    onError,
    onEnded,
    idle: settings.sessionIdle,
    lifetime: settings.sessionLifetime,
  })

  const completion = createCompleteSignIn({
    sessions,
    csrf,
    secure,
    pending: createPendingSignIns({ database, format, clock }),
    steps: inOrder(secondFactorSteps({ factors: factors.second, trusted: factors.trusted }), forced),
    marks: trustMark({ factors: factors.second, trusted: factors.trusted }),
    onSignedIn: viaMail.onSignedIn,
  })

  const oauth = createOAuthServer(
    oauthServerOptions(settings, options, {
      database,
      revocations,
      format,
      keys: signingKeys,
      sealer,
      pairwiseKey: await keptSecret({ database, sealer, name: 'pairwise-subjects', clock }),
      counters,
      passwords: { verify: passwords.verifyFirst },
      // What a client hands over is a password alone: whoever has to do more is not let in by it.
      needsSecondFactor: async (user) => (await factors.second.isNeeded(user)) || (await forced.isDue(user)),
      stepUp: stepUpBy(factors.second),
      log,
      clock,
      sessions,
      csrf,
      secure,
    }),
  )

  const groups = createGroups(common)
  const social = openSocial(
    {
      settings,
      log,
      clock,
      database,
      sealer,
      counters,
      csrf,
      sessions,
      completion,
      users,
      groups,
      pairs,
      notify: mail.notify,
      organisations: orgs,
    },
    { fetch: options.providerFetch },
  )

  return {
    settings,
    log,
    clock,
    database,
    sealer,
    hasher,
    counters,
    address,
    format,
    revocations,
    users,
    usersByName: createUsersByName(database, users, clock),
    csrf,
    sessions,
    completion,
    factors,
    groups,
    orgs,
    passwords,
    mail,
    byMail: viaMail,
    deletions: createAccountDeletions({
      database,
      clock,
      users,
      links: viaMail.links,
      outbox: mail.outbox,
      notify: mail.notify,
      baseUrl: baseUrlOf(settings),
      delay: settings.accountDeletionDelay,
    }),
    requiredPasswords: viaMail.requiredPasswords,
    ...tokens,
    oauth,
    lists: createLists({ database, format, clock }, settings, { inRedis, log }),
    social,
    verifyAudit: async (onProgress) => verifyAudit(database, onProgress, binding),
    close: async () => {
      await Promise.all([
        oauth.close(),
        mail.close(),
        sessions.close(),
        passwords.close(),
        tokens.apiTokens.close(),
        tokens.apiKeys.close(),
        tokens.keyUsage.close(),
      ])
      await signingKeys.close()
      await Promise.all([closeCounters(), hasher.close(), revocations.close()])
      await database.close()
    },
  }
}

async function upToDate(database: Database, log: Logger, mayMigrate: boolean): Promise<void> {
  if (mayMigrate) return database.migrate((step) => log.info({ step }, 'the schema was brought up to date'))
  const pending = await database.pendingMigrations()
  if (pending.length > 0) throw new SettingsInvalid([`The schema lacks ${pending.join(', ')}. Run: doorward migrate`])
}

/** Where pages come from that may send the session cookie: one's own address, and those that are listed. */
function originsOf({ publicUrl, trustedOrigins }: Settings): readonly string[] {
  return [...(publicUrl === null ? [] : [new URL(publicUrl).origin]), ...trustedOrigins]
}
