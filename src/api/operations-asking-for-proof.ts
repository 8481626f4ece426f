import type { Identity } from '../core/identity.ts'
import { nameOf, type Permission } from '../core/permission.ts'
import { allOf } from '../permissions/all-of.ts'
import { anyOf } from '../permissions/any-of.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import type { Operation } from './operation.ts'

/**
 * The same operations, where what changes something asks sessions for a fresh proof, as the pages do: see `askingForProof`. Those
 * that are named, as method and path, do not ask. Keys and tokens have no sign-in that could be fresh.
 */
export function operationsAskingForProof(
  operations: readonly Operation[],
  { unasked, clock }: { readonly unasked: ReadonlySet<string>; readonly clock: () => number },
): readonly Operation[] {
  return operations.map((one) => {
    const { method, path, permission, rules } = one
    if (method === 'GET' || unasked.has(`${method} ${path}`)) return one
    if (nameOf(permission).includes('freshLogin')) return one
    const asking = freshly(permission, clock)
    const asked = [asking, ...rules.slice(1)]
    return { ...one, permission: asking, rules: asked, policy: asked.map((rule) => nameOf(rule)).join(', then ') }
  })
}

/**
 * The same rule for what a browser that was left open must not be able to do, as the consoles have it: make a secret, say where
 * somebody's mail or an application's answers go, end an account. Keys and tokens have no sign-in that could be fresh.
 */
export function freshly(
  rule: Permission<Identity | null, undefined>,
  clock: () => number,
): Permission<Identity | null, undefined> {
  return allOf(rule, anyOf(not(isVia('session')), freshLogin({ clock })))
}
