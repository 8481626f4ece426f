import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { JwtVerifier } from '../crypto/jwt.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import { actorOf } from './owner.ts'
import type { By } from './owner.ts'
import { checkedClaims } from './pair-claims.ts'
import type { CustomClaims, RoleClaim } from './pair-claims.ts'
import { pairLifetimes } from './pair-lifetimes.ts'
import type { PairLifetimeOptions } from './pair-lifetimes.ts'
import { createPairMint } from './pair-mint.ts'
import { createImportedRefreshTokens } from './imported-refresh-tokens.ts'
import { createPairVerifier, notValid } from './pair-verifier.ts'
import type { VerifiedToken } from './pair-verifier.ts'
import type { TokenPair } from './refresh-answer.ts'
import { toUser } from './principal.ts'
import { createRefreshFamilies } from './refresh-families.ts'
import type { FamilyEnd, OnSignInsEnded, RefreshState } from './refresh-families.ts'
import { createRefresh } from './refresh.ts'
import type { NextPair, RefreshRequest } from './refresh.ts'
import { createRevokedClaims } from './revoked-claims.ts'
import type { RevokedClaims } from './revoked-claims.ts'
import type { SigningKeys } from './signing-keys.ts'
import { createSlidingRefresh } from './sliding-tokens.ts'

export type { TokenPair } from './refresh-answer.ts'
export type { RefreshRequest } from './refresh.ts'

export interface TokenPairsOptions extends PairLifetimeOptions {
  readonly database: Database
  readonly revocations: Revocations
  /** What signs, and what verifies (required). */
  readonly keys: SigningKeys
  /**
   * The same for refresh tokens, which nobody but us verifies: HS256 makes refreshing faster, and keeps others from taking a
   * refresh token for an access token (those of `keys`).
   */
  readonly refreshKeys?: SigningKeys
  /** `iss` of the tokens (required). */
  readonly issuer: string
  /** `aud` of the tokens; `null`: none (the issuer). */
  readonly audience?: string | readonly string[] | null
  /** Further claims of access tokens, made anew for each (none). What the protocol and rights are told by cannot be set. */
  readonly claims?: (user: User) => Promise<CustomClaims>
  /** What access tokens say of their user's roles (both). Rights that the tokens do not tell cannot be asked for by them. */
  readonly roleClaims?: readonly RoleClaim[]
  /** Hears of a refresh token that was used again, for the log; its family has ended (nothing). */
  readonly onReused?: (reuse: { readonly userId: string; readonly familyId: bigint }) => void
  /** Hears of browser sign-ins that end where a user is signed out everywhere, in the unit that ends them (nothing). */
  readonly onSignInsEnded?: OnSignInsEnded
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface SignedIn {
  /** Claims that all access tokens of this sign-in carry (none). */
  readonly claims?: CustomClaims
  /** When the user began to prove who they are: if they were signed out everywhere since, it is for nothing (now). */
  readonly since?: number
  readonly by?: Omit<By, 'actor'>
}

/**
 * Pairs of access and refresh tokens, compatible with SimpleJWT. Every text that is no good rejects with
 * `AuthenticationFailed`: `token_not_valid`, or `no_active_account` where the user is gone or inactive.
 */
export interface TokenPairs {
  readonly obtain: (user: User, signedIn?: SignedIn) => Promise<TokenPair>
  readonly refresh: (text: string, request: RefreshRequest) => Promise<TokenPair>
  /** Sliding tokens: access and refresh token in one. */
  readonly obtainSliding: (user: User, signedIn?: SignedIn) => Promise<string>
  readonly refreshSliding: (text: string) => Promise<string>
  /** Resolves where a token of any type would be taken now: signed by us, not over, not revoked, not spent. */
  readonly verify: (text: string) => Promise<void>
  /** Signs out: ends the family of a refresh or sliding token, spent ones included. Harmless twice. */
  readonly blacklist: (text: string, by?: Omit<By, 'actor'>) => Promise<void>
  /** Signs a user out everywhere: sessions, API tokens, refresh and access tokens. Nothing for an id that is none. */
  readonly revokeUser: (userId: string, reason: FamilyEnd, by: By) => Promise<void>
  /** Ends the tokens that one sign-in began. Whether they went on until then. */
  readonly revokeFamily: (id: string, by: By) => Promise<boolean>
  /** Verifies and remembers access and sliding tokens, for the authenticator. It does not know what is revoked. */
  readonly accessVerifier: JwtVerifier
  /** Tells from memory whether verified claims are revoked, for the authenticator. */
  readonly isRevoked: RevokedClaims
}

/** Throws `TypeError` for options that are missing or out of range. */
export function createTokenPairs(options: TokenPairsOptions): TokenPairs {
  const { database, revocations, keys, refreshKeys = keys, issuer, clock = Date.now } = options
  const { audience = issuer, claims: claimsFor = async () => ({}), leeway = 0 } = options
  const lifetimes = pairLifetimes(options)
  if (typeof issuer !== 'string' || issuer === '') throw new TypeError('createTokenPairs: issuer must be a text.')
  const longest = Math.max(lifetimes.access, lifetimes.sliding) + leeway * 1000
  const families = createRefreshFamilies({
    database,
    revocations,
    accessLifetime: longest,
    clock,
    onSignInsEnded: options.onSignInsEnded,
  })
  const mint = createPairMint({ keys, refreshKeys, issuer, audience, roleClaims: options.roleClaims })
  const findImported = createImportedRefreshTokens({ database, clock })
  const verifier = createPairVerifier({ keys, refreshKeys, issuer, audience, findImported, leeway, clock })
  const isRevoked = createRevokedClaims(revocations)

  const tools = { families, verifier, clock }

  async function customClaims(user: User, stored: CustomClaims): Promise<CustomClaims> {
    return { ...stored, ...checkedClaims(await claimsFor(user)) }
  }

  async function nextPair(user: User, state: RefreshState): Promise<NextPair> {
    const custom = await customClaims(user, JSON.parse(state.family_claims) as CustomClaims)
    const now = Math.floor(clock())
    const end = state.family_expires_at
    const expiresAt = Math.min(now + lifetimes.refresh, end)
    const [id, family] = [database.newId(), state.family_id]
    const pair = {
      access: mint.access({
        user,
        family,
        id: database.newId(),
        now,
        end: Math.min(now + lifetimes.access, end),
        custom,
      }),
      refresh: mint.refresh({ user, family, id, now, end: expiresAt }),
    }
    return { pair, id, createdAt: now, expiresAt }
  }

  /** Begins a family; the tokens are made by whoever calls. */
  async function begin(user: User, signedIn: SignedIn, { lifetime, first }: Beginning): Promise<Begun> {
    const userId = parseId(user.id)
    if (userId === null) throw new TypeError('obtain: the user must be one of the database.')
    const stored = checkedClaims(signedIn.claims ?? {})
    const custom = await customClaims(user, stored)
    const now = Math.floor(clock())
    const end = now + lifetime
    const [family, id] = [database.newId(), database.newId()]
    const dates = { created_at: now, expires_at: end }
    const row = {
      ...dates,
      id: family,
      user_id: userId,
      revoked_at: null,
      revoked_for: null,
      claims: JSON.stringify(stored),
    }
    const token = {
      ...unspent,
      id,
      family_id: family,
      created_at: now,
      expires_at: Math.min(now + lifetimes.refresh, end),
    }
    const by = { ...signedIn.by, actor: actorOf(user) }
    const isBegun = await families.begin(row, first ? token : null, { since: signedIn.since ?? now, by })
    if (!isBegun) throw new AuthenticationFailed('no_active_account')
    return { user, family, id, now, end, custom }
  }

  return {
    obtain: async (user, signedIn = {}) => {
      const begun = await begin(user, signedIn, { lifetime: lifetimes.family, first: true })
      const { now, end } = begun
      return {
        access: mint.access({ ...begun, id: database.newId(), end: Math.min(now + lifetimes.access, end) }),
        refresh: mint.refresh({ ...begun, end: Math.min(now + lifetimes.refresh, end) }),
      }
    },
    refresh: createRefresh({
      ...tools,
      next: nextPair,
      isActive: async (id) => {
        const user = await database.read.selectFrom('users').select('is_active').where('id', '=', id).executeTakeFirst()
        return user?.is_active === 1
      },
      grace: lifetimes.grace,
      onReused: options.onReused ?? (() => undefined),
    }),
    obtainSliding: async (user, signedIn = {}) => {
      const begun = await begin(user, signedIn, { lifetime: lifetimes.slidingRefresh, first: false })
      const { now, end } = begun
      return mint.sliding({ ...begun, end: Math.min(now + lifetimes.sliding, end), refreshEnd: end })
    },
    refreshSliding: createSlidingRefresh({
      ...tools,
      database,
      mint,
      claims: customClaims,
      lifetime: lifetimes.sliding,
    }),
    verify: async (text) => {
      const token = await verifier.verify(text, ['access', 'refresh', 'sliding'])
      // Refresh tokens carry no rights: they outlive a change of those, and what ends them is in their rows.
      if (token.type === 'refresh') await checkUnspent(token)
      else if (isRevoked(token.claims) !== null) throw notValid('what is revoked')
    },
    blacklist: async (text, by = {}) => {
      const { familyId, userId } = await verifier.verify(text, ['refresh', 'sliding'])
      await families.end(familyId, 'signed_out', { ...by, actor: `user:${formatId(userId)}` })
    },
    revokeFamily: async (id, by) => {
      const family = parseId(id)
      return family !== null && families.end(family, 'revoked', by)
    },
    revokeUser: async (userId, reason, by) => {
      const id = parseId(userId)
      if (id !== null) await families.endAll(id, reason, by)
    },
    accessVerifier: verifier.access,
    isRevoked,
  }

  async function checkUnspent({ id, familyId }: VerifiedToken): Promise<void> {
    const state = await families.find(id)
    if (state?.family_id !== familyId || state.family_revoked_at !== null) throw notValid('a family that has ended')
    if (state.spent_at !== null) throw notValid('a token that was spent')
    if (toUser(state, state.family_created_at) === null) throw notValid('a user who may not come in')
  }
}

interface Beginning {
  /** Milliseconds until the end of the family. */
  readonly lifetime: number
  /** Whether it begins with a refresh token. */
  readonly first: boolean
}

/** A family, and the id of its first token. */
interface Begun {
  readonly user: User
  readonly family: bigint
  readonly id: bigint
  readonly now: number
  readonly end: number
  readonly custom: CustomClaims
}

const unspent = { spent_at: null, next_id: null, asked_by: null, answer: null }
