import type { Filter } from './filter.ts'
import type { Identity } from './identity.ts'
import type { AuthRequest } from './request.ts'

/** What a permission is asked about. `resource` is `undefined` until a handler has loaded one. */
export interface Check<Who = Identity | null, Resource = unknown> {
  readonly request: AuthRequest
  readonly identity: Who
  readonly resource: Resource
}

/**
 * May they? One function serves routes and objects. `false` denies without a reason; throwing `PermissionDenied` denies
 * with one. It returns a promise always: a forgotten `await` is then found by the linter instead of opening the door.
 */
export interface Permission<Who = Identity | null, Resource = unknown> {
  (check: Check<Who, Resource>): Promise<boolean>
  /** How it is shown by `explain`, route lists and docs. Without one, its function name is. */
  readonly rule?: Rule
}

/** The description of a permission: a name with its arguments, or a combination of other permissions. */
export interface Rule {
  /** As one would write it: `isStaff`, `hasScope('write')`. */
  readonly name: string
  readonly combines?: 'allOf' | 'anyOf' | 'not'
  // oxlint-disable-next-line typescript/no-explicit-any -- parts may ask for any kind of resource
  readonly parts?: readonly Permission<any, any>[]
  /** The names of the permissions that somebody has to hold for it, such as `notes.change` (none). */
  readonly needs?: readonly string[]
  /** The same rule for a list: which rows this identity may see. Without one, the rule cannot be used as a filter. */
  readonly filter?: (identity: Identity | null) => Filter
}

/** Gives a function the rule by which it is shown. */
export function permission<Who, Resource>(
  rule: Rule,
  decide: (check: Check<Who, Resource>) => Promise<boolean>,
): Permission<Who, Resource> {
  return Object.assign(decide, { rule })
}

/** The name by which a permission is shown. */
// oxlint-disable-next-line typescript/no-explicit-any -- any permission can be named
export function nameOf(shown: Permission<any, any>): string {
  return shown.rule?.name ?? (shown.name === '' ? 'anonymous permission' : shown.name)
}
