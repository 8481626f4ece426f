import type { Filter } from '../core/filter.ts'
import type { Identity } from '../core/identity.ts'
import { nameOf, type Check, type Permission, type Rule } from '../core/permission.ts'

type Combines = NonNullable<Rule['combines']>

/** A permission made of others: shown as it would be written, and a filter if every part is one. */
export function combination<Who, Resource>(
  combines: Combines,
  parts: readonly Permission<Who, Resource>[],
  decide: (check: Check<Who, Resource>) => Promise<boolean>,
): Permission<Who, Resource> {
  if (parts.length === 0) throw new TypeError(`${combines}() needs at least one permission.`)
  for (const part of parts) {
    if (typeof part !== 'function')
      throw new TypeError(`${combines}() takes permissions; one of its parts is ${typeof part}.`)
  }
  const filters = parts.map((part) => part.rule?.filter)
  const rule: Rule = {
    name: `${combines}(${parts.map((part) => nameOf(part)).join(', ')})`,
    combines,
    parts,
    ...(filters.every((filter) => filter !== undefined)
      ? {
          filter: (identity) =>
            combined(
              combines,
              filters.map((filter) => filter(identity)),
            ),
        }
      : {}),
  }
  return Object.assign(decide, { rule })
}

function combined(combines: Combines, filters: readonly Filter[]): Filter {
  if (combines === 'allOf') return { allOf: filters }
  if (combines === 'anyOf') return { anyOf: filters }
  return { not: filters[0] ?? false }
}

/** Which rows of a list an identity may see by a permission. Throws where the rule cannot be told for rows it has not seen. */
export function filterFor<Who extends Identity | null, Resource>(
  asked: Permission<Who, Resource>,
  identity: Who,
): Filter {
  const { filter } = asked.rule ?? {}
  if (filter === undefined) {
    throw new TypeError(`${nameOf(asked)} cannot filter a list: give its rule a filter, or ask it for each object.`)
  }
  return filter(identity)
}
