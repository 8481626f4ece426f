import { AuthenticationFailed } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import { digest } from '../crypto/digest.ts'
import type { By } from './owner.ts'
import { toUser } from './principal.ts'
import { openAnswer, sealAnswer } from './refresh-answer.ts'
import type { TokenPair } from './refresh-answer.ts'
import type { RefreshFamilies, RefreshState } from './refresh-families.ts'
import { notValid } from './pair-verifier.ts'
import type { PairVerifier, VerifiedToken } from './pair-verifier.ts'

export interface RefreshOptions {
  readonly families: RefreshFamilies
  readonly verifier: Pick<PairVerifier, 'verify'>
  /** Makes the next pair of a family, whose refresh token has the id that comes with it. */
  readonly next: (user: User, state: RefreshState) => Promise<NextPair>
  /** Tells whether a user is there and active. */
  readonly isActive: (userId: bigint) => Promise<boolean>
  /** Milliseconds for which the same client gets the same answer again. */
  readonly grace: number
  /** Hears of a token that was used again. */
  readonly onReused: (reuse: { readonly userId: string; readonly familyId: bigint }) => void
  readonly clock: () => number
}

export interface NextPair {
  readonly pair: TokenPair
  readonly id: bigint
  readonly createdAt: number
  readonly expiresAt: number
}

export interface RefreshRequest {
  /** What the client shows of itself, such as address and user agent: within the grace, only the same gets the same answer. */
  readonly fingerprint: string
  readonly by?: Omit<By, 'actor'>
}

/**
 * Trades a refresh token for the next pair, once. RFC 9700, section 4.14.2: whoever uses a token again that was spent, the
 * thief or the one it was stolen from, ends the family; nobody can tell which it is. What comes again at once from the same
 * client is a retry, whose answer got lost: it gets the same answer, as long as nobody has used that.
 */
export function createRefresh(options: RefreshOptions): (text: string, request: RefreshRequest) => Promise<TokenPair> {
  const { families, verifier, next, isActive, grace, onReused, clock } = options

  return async (text, { fingerprint, by = {} }) => {
    const token = await verifier.verify(text, ['refresh'])
    const askedBy = digest(fingerprint)
    const actor = { ...by, actor: `user:${String(token.claims.sub)}` }
    const before = await stateOf(token)
    if (before.spent_at === null) {
      const user = alive(before)
      const { pair, id, createdAt, expiresAt } = await next(user, before)
      const successor = {
        id,
        family_id: before.family_id,
        created_at: createdAt,
        expires_at: expiresAt,
        spent_at: null,
        next_id: null,
        ...(grace === 0 ? { asked_by: null, answer: null } : { asked_by: askedBy, answer: sealAnswer(text, pair) }),
      }
      if (await families.spend(before, { successor, by: actor })) return pair
    }
    // Spent, now or earlier, or its family ended in this very moment.
    const state = before.spent_at === null ? await stateOf(token) : before
    const user = alive(state)
    const again = await repeated(text, state, askedBy)
    if (again !== null) return again
    if (state.spent_at === null) throw notValid('a family that changes under our hands')
    if (await families.end(state.family_id, 'reused', actor)) onReused({ userId: user.id, familyId: state.family_id })
    throw notValid('a token that was spent')
  }

  async function stateOf({ id, familyId, userId }: VerifiedToken): Promise<RefreshState> {
    const state = await families.find(id)
    if (state?.family_id === familyId) return state
    // Rows of a user who was deleted are gone with them.
    if (!(await isActive(userId))) throw new AuthenticationFailed('no_active_account')
    throw notValid('a token without a row')
  }

  function alive(state: RefreshState): User {
    if (state.user_is_active !== 1) throw new AuthenticationFailed('no_active_account')
    const user = toUser(state, state.family_created_at, clock())
    if (user === null) throw notValid('a user who has signed out everywhere')
    if (state.family_revoked_at !== null) throw notValid('a family that has ended')
    if (clock() >= state.family_expires_at) throw notValid('a family that is over')
    return user
  }

  /** The answer that was given for it. It is gone as soon as the token in it is spent. */
  async function repeated(text: string, state: RefreshState, askedBy: Uint8Array): Promise<TokenPair | null> {
    if (state.spent_at === null || clock() >= state.spent_at + grace) return null
    const given = await families.givenFor(state)
    return given !== null && equalBytes(given.askedBy, askedBy) ? openAnswer(text, given.answer) : null
  }
}
