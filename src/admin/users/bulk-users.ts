import type { Groups } from '../../accounts/groups.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { AuthError } from '../../core/errors.ts'
import type { User } from '../../core/identity.ts'
import type { By } from '../../tokens/owner.ts'
import { mayActOn } from '../acting-on.ts'
import type { LeftOut } from '../left-out.ts'

/** What can be done to many accounts at once. */
export type BulkAction = 'disable' | 'enable' | 'require_password' | 'end_sessions' | 'add_to_group'

export const bulkActions = ['disable', 'enable', 'require_password', 'end_sessions', 'add_to_group'] as const

/** How many accounts are taken at once: a page of the list, or one of the API. */
export const bulkLimit = 200

export interface BulkAsked {
  readonly action: BulkAction
  readonly ids: readonly string[]
  /** Into which group; for `add_to_group` alone. */
  readonly group?: string | undefined
  /** Whether somebody has signed in who asks for it (true): see `checkOpens`. */
  readonly isInPerson?: boolean
}

/** Whom it is done to, in the order in which they were given, and who is left out. */
export interface BulkPlan {
  readonly users: readonly UserRecord[]
  readonly left: readonly LeftOut[]
}

export interface BulkUsers {
  /** What would happen. Nothing does. */
  readonly plan: (actor: User, asked: BulkAsked) => Promise<BulkPlan>
  /**
   * Does it to one after the other, each in a unit of its own with its own row in the audit log: what fails for one, such as
   * an account that has gone meanwhile, leaves that one out and stops nobody else's. Throws `not_found` for a group that is
   * not there.
   */
  readonly run: (actor: User, asked: BulkAsked, by: By) => Promise<BulkPlan>
}

export interface BulkUsersStores {
  readonly users: Pick<Users, 'find' | 'disable' | 'enable' | 'signOutEverywhere'>
  readonly groups: Pick<Groups, 'find' | 'of' | 'add'>
  readonly requirePassword: (userId: string, by: By) => Promise<void>
}

export function createBulkUsers({ users, groups, requirePassword }: BulkUsersStores): BulkUsers {
  async function plan(actor: User, { action, ids, group, isInPerson = true }: BulkAsked): Promise<BulkPlan> {
    const found: UserRecord[] = []
    const left: LeftOut[] = []
    for (const id of new Set(ids)) {
      const user = await users.find(id)
      const isOpened = action === 'enable' && (user?.isStaff === true || user?.isSuperuser === true)
      const why =
        user === null
          ? gone
          : isOpened && !isInPerson
            ? 'An administrator: sign in to switch their account on again.'
            : await reasonAgainst(actor, user, action, group)
      if (user !== null && why === null) found.push(user)
      else left.push({ id, name: user?.username ?? null, why: why ?? gone })
    }
    return { users: found, left }
  }

  async function reasonAgainst(
    actor: User,
    user: UserRecord,
    action: BulkAction,
    group: string | undefined,
  ): Promise<string | null> {
    if (!mayActOn(actor, user)) {
      return actor.superuserUntil === undefined
        ? 'An administrator: only a superuser may change their account.'
        : 'An administrator for longer than you are a superuser: only a superuser for good may change their account.'
    }
    const isOwn = actor.id === user.id
    if (isOwn && (action === 'disable' || action === 'require_password')) return 'This is your own account.'
    if (action === 'disable' && !user.isActive) return 'Disabled already.'
    if (action === 'enable' && user.isActive) return 'Enabled already.'
    if (action === 'require_password' && !user.hasPassword) return 'They have no password.'
    if (action === 'add_to_group' && group !== undefined) {
      const theirs = await groups.of(user.id)
      return theirs.some(({ id }) => id === group) ? 'In the group already.' : null
    }
    return null
  }

  async function act({ action, group = '' }: BulkAsked, id: string, by: By): Promise<unknown> {
    if (action === 'disable') return users.disable(id, by)
    if (action === 'enable') return users.enable(id, by)
    if (action === 'require_password') return requirePassword(id, by)
    return action === 'end_sessions' ? users.signOutEverywhere(id, by, 'revoked') : groups.add(group, id, by)
  }

  return {
    plan,
    run: async (actor, asked, by) => {
      const planned = await plan(actor, asked)
      const done: UserRecord[] = []
      const left = [...planned.left]
      // One after the other, with oneself last: whoever ends their own sessions ends what they do it with.
      for (const user of planned.users.toSorted((a, b) => Number(a.id === actor.id) - Number(b.id === actor.id))) {
        try {
          await act(asked, user.id, by)
          done.push(user)
        } catch (error) {
          if (!(error instanceof AuthError) || error.status >= 500) throw error
          left.push({ id: user.id, name: user.username, why: error.status === 404 ? gone : error.message })
        }
      }
      return { users: done, left }
    },
  }
}

const gone = 'They are not there any more.'
