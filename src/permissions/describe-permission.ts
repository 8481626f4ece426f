import { nameOf, type Permission } from '../core/permission.ts'

/**
 * A permission as a tree to read, one rule a line and the parts of a combination below it. `nameOf` writes the same in one
 * line. Equal texts are equal rules, but for functions without a name.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- any permission can be described
export function describePermission(shown: Permission<any, any>): string {
  const { combines, parts } = shown.rule ?? {}
  if (combines === undefined || parts === undefined) return nameOf(shown)
  return [combines, ...parts.map((part) => describePermission(part).replaceAll(/^/gm, '  '))].join('\n')
}
