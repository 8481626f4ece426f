import { acceptedAtSignUp, type Terms } from '../accounts/accepted-terms.ts'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { newUserRow } from '../accounts/new-user-row.ts'
import { userByLogin } from '../accounts/user-by-login.ts'
import { userColumnsOf } from '../accounts/user-values.ts'
import { emailKey, identifierKey } from '../accounts/identifier.ts'
import type { User } from '../core/identity.ts'
import { AuthError, Unavailable } from '../core/errors.ts'
import { randomBase62 } from '../crypto/random.ts'
import { isConflict } from '../storage/conflict.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import { applyRules, mayComeIn } from './claim-rules.ts'
import type { ForeignIdentity } from './foreign-identity.ts'
import { type LinkedAccounts, linkEvent } from './linked-accounts.ts'
import type { ProviderSettings } from './provider-settings.ts'
import type { RuleEffects } from './rule-effects.ts'

export interface ForeignSignInOptions {
  readonly database: Database
  readonly linked: LinkedAccounts
  readonly ruleEffects: RuleEffects
  /** Whether people without an account may make one, where the provider's own settings do not say (false). */
  readonly isSignUpOpen?: boolean
  /** What somebody new has to accept, as text (nothing). */
  readonly terms?: Terms | null
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What becomes of somebody who comes from a provider. */
export type ForeignOutcome =
  | { readonly kind: 'found'; readonly user: User }
  /** There is an account with this address. With `userId`, it can be linked by whoever proves that it is theirs. */
  | { readonly kind: 'clash'; readonly userId: string | null }
  /** They have no account, and may not make one. */
  | { readonly kind: 'closed' }
  /** They have no account, and terms to accept before they get one. */
  | { readonly kind: 'terms' }
  /** The settings do not let them in. */
  | { readonly kind: 'not_allowed' }
  /** Their account here may not sign in. */
  | { readonly kind: 'inactive' }

export interface ForeignSignIn {
  /**
   * Finds the account, or makes one, and brings it in line with the rules. `at` is when the sign-in began to be looked at.
   * `hasAccepted` tells whether the person has accepted the terms (false).
   */
  readonly resolve: (
    identity: ForeignIdentity,
    provider: ProviderSettings,
    at: number,
    by: ActedBy,
    hasAccepted?: boolean,
  ) => Promise<ForeignOutcome>
  /** What `resolve` would come to, without doing it. */
  readonly foresee: (identity: ForeignIdentity, provider: ProviderSettings) => Promise<Foreseen>
}

export type Foreseen =
  | { readonly kind: 'known' | 'clash' | 'linked_by_address'; readonly userId: string }
  | { readonly kind: 'new' | 'closed' | 'not_allowed' }

export function createForeignSignIn(options: ForeignSignInOptions): ForeignSignIn {
  const { database, linked, ruleEffects, isSignUpOpen = false, terms = null, clock = Date.now } = options

  async function foresee(identity: ForeignIdentity, provider: ProviderSettings): Promise<Foreseen> {
    if (!mayComeIn(provider.allow, identity.claims)) return { kind: 'not_allowed' }
    const link = await linked.find(identity)
    if (link !== null) return { kind: 'known', userId: link.userId }
    // An address that nobody vouches for finds nobody, and takes nobody's place.
    const same = identity.emailVerified && identity.email !== null ? await userByLogin(database, identity.email) : null
    if (same !== null) {
      // It may be they themselves, who came twice at once: the account and its link are there together, so a second look tells.
      const since = await linked.find(identity)
      if (since !== null) return { kind: 'known', userId: since.userId }
      const isTheirs = same.email_key === emailKey(identity.email ?? '')
      const isTrusted = provider.linkByEmail && isTheirs && same.email_verified === 1 && same.is_active === 1
      return { kind: isTrusted ? 'linked_by_address' : 'clash', userId: isTheirs ? formatId(same.id) : '' }
    }
    return { kind: (provider.createAccounts ?? isSignUpOpen) ? 'new' : 'closed' }
  }

  async function enter(
    identity: ForeignIdentity,
    provider: ProviderSettings,
    at: number,
    by: ActedBy,
  ): Promise<ForeignOutcome> {
    const link = await linked.find(identity)
    if (link === null) throw new Unavailable()
    if ((await activeUser(link.userId, at)) === null) return { kind: 'inactive' }
    await linked.used(link.id, identity, at)
    const actor = `provider:${provider.id}`
    await ruleEffects(link.userId, applyRules(provider.rules, identity.claims), { ...by, actor })
    const user = await activeUser(link.userId, at)
    return user === null ? { kind: 'inactive' } : { kind: 'found', user }
  }

  async function activeUser(userId: string, at: number): Promise<User | null> {
    const query = database.read.selectFrom('users').select(userColumns).where('id', '=', idOrNone(userId))
    const row = await query.executeTakeFirst()
    return row === undefined ? null : toUser(row, at)
  }

  /** The user, the link and what the audit log says of both are there together or not at all. */
  async function signUp(identity: ForeignIdentity, by: ActedBy): Promise<void> {
    const row = await rowFor(identity)
    const userId = formatId(row.id)
    const who = { ...by, actor: `user:${userId}` }
    const accepted = acceptedAtSignUp(terms, row.id, row.created_at)
    const detail = { username: row.username, provider: identity.provider, ...accepted.detail }
    await database.append({
      users: row,
      accepted_terms: accepted.rows,
      linked_accounts: linked.rowOf(row.id, identity),
      audit: [eventBy(who, 'user.created', `user:${userId}`, detail), linkEvent(who, userId, identity, 'sign_up')],
    })
  }

  async function rowFor(identity: ForeignIdentity): Promise<UserRow> {
    const email = identity.emailVerified && emailKey(identity.email ?? '') !== null ? identity.email : null
    const username = email ?? (await freeUsername(identity))
    const columns = userColumnsOf({ username, email, emailVerified: email !== null })
    return newUserRow(columns, {
      id: database.newId(),
      now: Math.floor(clock()),
      source: `provider:${identity.provider}`,
    })
  }

  /** Whoever has no address here goes by what they are called there, with a tail where that is taken or could mislead. */
  async function freeUsername({ provider, handle }: ForeignIdentity): Promise<string> {
    const plain = (handle ?? '')
      .normalize('NFKC')
      .replaceAll(/[^\p{L}\p{N}._-]/gu, '')
      .slice(0, 60)
    const isFit = plain !== '' && identifierKey(plain) !== null
    if (isFit && (await userByLogin(database, plain)) === null) return plain
    return `${isFit ? plain : provider}-${randomBase62(6).toLowerCase()}`
  }

  return {
    foresee,

    resolve: async (identity, provider, at, by, hasAccepted = false) => {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const foreseen = await foresee(identity, provider)
        const { kind } = foreseen
        try {
          if (kind === 'closed' || kind === 'not_allowed') return { kind }
          if (kind === 'clash') return { kind, userId: foreseen.userId === '' ? null : foreseen.userId }
          if (kind === 'linked_by_address') await linked.link(foreseen.userId, identity, 'trusted_address', by)
          if (kind === 'new' && terms !== null && !hasAccepted) return { kind: 'terms' }
          if (kind === 'new') await signUp(identity, by)
          return await enter(identity, provider, at, by)
        } catch (error) {
          // Somebody else took the name, or the same person came twice at once: then it is to be looked at anew.
          if (!isConflict(error) && !(error instanceof AuthError && error.code === 'conflict')) throw error
        }
      }
      throw new Unavailable()
    },
  }
}
