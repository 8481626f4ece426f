import type { ScopeChoice } from '../pages/asked.ts'
import { scopeField } from './sent-request.ts'

/** The boxes of the scopes that a page asks for, in the form `form`. */
export function scopeBoxes(scopes: readonly string[], form: string): ScopeChoice {
  return { form, field: scopeField, values: scopes.map((scope) => (mayBeLeftOut(scope) ? scope : null)) }
}

/** Whether a scope that was asked for is allowed: it is ticked, or it cannot be left out. */
export function isScopeAllowed(scope: string, ticked: readonly string[]): boolean {
  return !mayBeLeftOut(scope) || ticked.includes(scope)
}

/** OpenID Connect Core 1.0, section 3.1.2.1: without `openid` a request is another one. */
function mayBeLeftOut(scope: string): boolean {
  return scope !== 'openid'
}
