import type { ActedBy } from '../accounts/acted-by.ts'
import type { Groups } from '../accounts/groups.ts'
import type { Users } from '../accounts/users.ts'
import type { RuleOutcome } from './claim-rules.ts'
import { createOrganisationEffects, type OrganisationEffectsStores } from './organisation-effects.ts'

export interface RuleEffectsOptions {
  readonly groups: Pick<Groups, 'list' | 'of' | 'add' | 'remove'>
  readonly users: Pick<Users, 'find' | 'update'>
  /** Organisations, their members and roles (there are none). */
  readonly organisations?: OrganisationEffectsStores | undefined
  /** Hears of a group, role or organisation that a rule names and that does not exist, or is suspended (nobody). */
  readonly onUnknown?: (kind: UnknownKind, name: string) => void
}

export type UnknownKind = 'group' | 'role' | 'organisation'

/**
 * Brings groups, roles, memberships and staff in line with what rules made of somebody's claims. Nothing is written where nothing
 * changes.
 */
export type RuleEffects = (userId: string, outcome: RuleOutcome, by: ActedBy) => Promise<void>

export function createRuleEffects(options: RuleEffectsOptions): RuleEffects {
  const { groups, users, organisations, onUnknown = () => undefined } = options
  const setOrganisations = organisations === undefined ? null : createOrganisationEffects(organisations, onUnknown)

  async function setGroups(userId: string, { groups: wanted, notGroups }: RuleOutcome, by: ActedBy): Promise<void> {
    if (wanted.length === 0 && notGroups.length === 0) return
    const [all, own] = await Promise.all([groups.list(), groups.of(userId)])
    const ids = new Map(all.map(({ name, id }) => [name, id]))
    const has = new Set(own.map(({ name }) => name))
    for (const name of wanted) {
      const id = ids.get(name)
      if (id === undefined) onUnknown('group', name)
      else if (!has.has(name)) await groups.add(id, userId, by)
    }
    for (const name of notGroups) {
      const id = ids.get(name)
      if (id !== undefined && has.has(name)) await groups.remove(id, userId, by)
    }
  }

  async function setStaff(userId: string, { isStaff }: RuleOutcome, by: ActedBy): Promise<void> {
    if (isStaff === null) return
    const user = await users.find(userId)
    if (user !== null && user.isStaff !== isStaff) await users.update(userId, { isStaff }, by)
  }

  return async (userId, outcome, by) => {
    await setGroups(userId, outcome, by)
    await setOrganisations?.(userId, outcome, by)
    await setStaff(userId, outcome, by)
  }
}
