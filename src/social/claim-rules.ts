import type { Claims } from './foreign-identity.ts'
import type { ClaimCondition, ClaimRule } from './provider-settings.ts'

/** What the claims of somebody make of them here. What no rule speaks of is left as it is. */
export interface RuleOutcome {
  /** Groups, by name, that they are to be in, and that they are to be in no longer. */
  readonly groups: readonly string[]
  readonly notGroups: readonly string[]
  /** Organisations, by slug, likewise. */
  readonly organisations: readonly string[]
  readonly notOrganisations: readonly string[]
  readonly roles: readonly RolePlace[]
  readonly notRoles: readonly RolePlace[]
  /** Whether they are staff; `null` where no rule says. */
  readonly isStaff: boolean | null
}

/** A role by its name, and where it counts: in an organisation, by its slug, or everywhere (`null`). */
export interface RolePlace {
  readonly role: string
  readonly organisation: string | null
}

export function applyRules(rules: readonly ClaimRule[], claims: Claims): RuleOutcome {
  const fitting = rules.filter((rule) => holds(rule, claims))
  const [groups, notGroups] = parted(rules, fitting, (rule) => rule.groups)
  const [organisations, notOrganisations] = parted(rules, fitting, ({ organisation }) =>
    organisation === null ? [] : [organisation],
  )
  const [roles, notRoles] = parted(rules, fitting, rolesOf)
  return {
    groups,
    notGroups,
    organisations,
    notOrganisations,
    roles,
    notRoles,
    isStaff: rules.some(({ staff }) => staff) ? fitting.some(({ staff }) => staff) : null,
  }
}

/** What the rules that fit name, and what only the others do. */
function parted<Named>(
  rules: readonly ClaimRule[],
  fitting: readonly ClaimRule[],
  named: (rule: ClaimRule) => readonly Named[],
): readonly [readonly Named[], readonly Named[]] {
  const byKey = (list: readonly ClaimRule[]) =>
    new Map(list.flatMap((rule) => named(rule)).map((one) => [JSON.stringify(one), one]))
  const wanted = byKey(fitting)
  return [[...wanted.values()], [...byKey(rules)].filter(([key]) => !wanted.has(key)).map(([, one]) => one)]
}

function rolesOf({ roles, organisation }: ClaimRule): readonly RolePlace[] {
  return roles.map((role) => ({ role, organisation }))
}

/** Whether somebody may come in at all: where conditions are set, one of them has to hold. */
export function mayComeIn(conditions: readonly ClaimCondition[], claims: Claims): boolean {
  return conditions.length === 0 || conditions.some((condition) => holds(condition, claims))
}

function holds({ claim, value }: ClaimCondition, claims: Claims): boolean {
  const found = valueOf(claim, claims)
  const all: readonly unknown[] = Array.isArray(found) ? found : [found]
  return all.some((one) => (typeof one === 'boolean' || typeof one === 'number' ? String(one) : one) === value)
}

/** The claim of that very name, else what the dots lead to: `realm_access.roles`. */
function valueOf(path: string, claims: Claims): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let value: unknown = claims
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Claims)[name]
  }
  return value
}
