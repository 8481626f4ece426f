import { RequestRefused } from '../core/errors.ts'
import { nameOf, permission, type Check, type Permission } from '../core/permission.ts'
import type { Identity } from '../core/identity.ts'
import { isReadOnly } from './is-read-only.ts'
import { agrees } from './agrees.ts'
import { not } from './not.ts'

/**
 * Reading by one rule, changing by another, and no word about what one may not read: who cannot read an object is told that
 * there is none (404), who can read and not change it that they may not (403).
 */
export function objectPermissions<Resource>({
  read,
  change,
}: {
  readonly read: Permission<Identity | null, Resource>
  readonly change: Permission<Identity | null, Resource>
}): Permission<Identity | null, Resource> {
  const hidden = not(read)
  const rule = {
    name: `objectPermissions({ read: ${nameOf(read)}, change: ${nameOf(change)} })`,
    ...(read.rule?.filter === undefined ? {} : { filter: read.rule.filter }),
  }
  return permission(rule, async (check: Check<Identity | null, Resource>) => {
    if (check.resource !== undefined && (await hidden(check))) throw new RequestRefused('not_found')
    return (await isReadOnly(check)) ? agrees(read, check) : agrees(change, check)
  })
}
