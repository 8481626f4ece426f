import { PermissionDenied } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import { holdsAll } from '../permissions/has-permission.ts'

/** The permissions that somebody lacks for a rule, by name; none where it is refused for another reason, or any of several would do. */
export function missingPermissions({ rule }: Permission, identity: Identity): readonly string[] {
  const { needs = [], combines, parts = [] } = rule ?? {}
  const ofParts = combines === 'allOf' ? parts.flatMap((part) => missingPermissions(part, identity)) : []
  return [...needs.filter((name) => !holdsAll(identity, [name])), ...ofParts]
}

/** Says what to ask for. Whether there is anything to see here is told to nobody by it. */
export function lacking(names: readonly string[], cause: unknown): PermissionDenied {
  const what = names.length === 1 ? 'permission' : 'permissions'
  const detail = `This takes the ${what} ${names.join(' and ')}, which you do not have.`
  return new PermissionDenied('permission_denied', detail, { cause })
}
