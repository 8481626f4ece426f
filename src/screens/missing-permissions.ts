import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import { holdsAll } from '../permissions/has-permission.ts'

/** The permissions that somebody lacks for a rule, by name; none where it is refused for another reason, or any of several would do. */
export function missingPermissions({ rule }: Permission, identity: Identity): readonly string[] {
  const { needs = [], combines, parts = [] } = rule ?? {}
  const ofParts = combines === 'allOf' ? parts.flatMap((part) => missingPermissions(part, identity)) : []
  return [...needs.filter((name) => !holdsAll(identity, [name])), ...ofParts]
}
