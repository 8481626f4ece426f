import { permission, nameOf, type Permission } from '../core/permission.ts'
import { allOf } from '../permissions/all-of.ts'
import { isAuthenticated } from '../permissions/is-authenticated.ts'
import type { Gate } from './gate.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- routes may ask for any kind of identity
export type Policy = Permission<any, any>

const mark: unique symbol = Symbol('doorward.policy')

/**
 * Writes on a function what it asks of a request, so that the routes of an application can be listed with it. `inner` is the
 * handler behind it, which may ask for something too (none).
 */
export function markPolicy<Marked extends object>(marked: Marked, gate: Gate, inner?: unknown): Marked {
  return Object.assign(marked, { [mark]: togetherOf([policyOf(gate), markedPolicy(inner)]) })
}

/** The policy that a function was marked with, or `null`. */
export function markedPolicy(value: unknown): Policy | null {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return null
  return (value as { readonly [mark]?: Policy })[mark] ?? null
}

/** What gates one after another ask for together: `null` where there is none. */
export function togetherOf(policies: readonly (Policy | null)[]): Policy | null {
  const [first, ...others] = [...new Set(policies.filter((policy) => policy !== null))]
  return first === undefined ? null : others.length === 0 ? first : allOf(first, ...others)
}

/** One for each permission and verb, so that what asks the same is the same. */
const made = { protect: new WeakMap<object, Policy>(), open: new WeakMap<object, Policy>() }

/** Named as it is written in the application: `protect(isStaff)` admits no stranger, `open(isReadOnly)` may. */
function policyOf({ permission: asked, isOpen }: Gate): Policy {
  const verb = isOpen ? 'open' : 'protect'
  const known = made[verb].get(asked)
  if (known !== undefined) return known
  const whole = isOpen ? allOf<never, never>(asked) : allOf<never, never>(isAuthenticated, asked)
  const policy = permission({ ...whole.rule, name: `${verb}(${nameOf(asked)})` }, async (check) =>
    whole(check as never),
  )
  made[verb].set(asked, policy)
  return policy
}
