import type { ActedBy } from '../accounts/acted-by.ts'
import type { Groups } from '../accounts/groups.ts'
import type { Users } from '../accounts/users.ts'
import type { RuleOutcome } from './claim-rules.ts'

export interface RuleEffectsOptions {
  readonly groups: Pick<Groups, 'list' | 'of' | 'add' | 'remove'>
  readonly users: Pick<Users, 'find' | 'update'>
  /** Hears of a group that a rule names and that does not exist (nobody). */
  readonly onUnknownGroup?: (name: string) => void
}

/** Brings groups and staff in line with what rules made of somebody's claims. Nothing is written where nothing changes. */
export type RuleEffects = (userId: string, outcome: RuleOutcome, by: ActedBy) => Promise<void>

export function createRuleEffects({
  groups,
  users,
  onUnknownGroup = () => undefined,
}: RuleEffectsOptions): RuleEffects {
  async function setGroups(userId: string, { groups: wanted, notGroups }: RuleOutcome, by: ActedBy): Promise<void> {
    if (wanted.length === 0 && notGroups.length === 0) return
    const [all, own] = await Promise.all([groups.list(), groups.of(userId)])
    const ids = new Map(all.map(({ name, id }) => [name, id]))
    const has = new Set(own.map(({ name }) => name))
    for (const name of wanted) {
      const id = ids.get(name)
      if (id === undefined) onUnknownGroup(name)
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
    await setStaff(userId, outcome, by)
  }
}
