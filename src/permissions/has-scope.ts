import { PermissionDenied } from '../core/errors.ts'
import { scopesOf, type Identity } from '../core/identity.ts'
import { permission, type Permission, type Rule } from '../core/permission.ts'
import { isReadOnly } from './is-read-only.ts'

/**
 * The credential has every one of these scopes. One without scopes of its own, such as a session, has what its principal
 * may do; an empty list of scopes is a list, and allows nothing. The denial names what is missing (RFC 6750, section 3.1).
 */
export function hasScope(...scopes: readonly string[]): Permission {
  return scopePermission('hasScope', scopes, (held) => scopes.every((scope) => held.includes(scope)))
}

/** As `hasScope`, where one of them is enough. */
export function hasAnyScope(...scopes: readonly string[]): Permission {
  return scopePermission('hasAnyScope', scopes, (held) => scopes.some((scope) => held.includes(scope)))
}

/** One scope for requests that read, another for those that write. */
export function hasScopeByMethod({ read, write }: { readonly read: string; readonly write: string }): Permission {
  const reading = hasScope(read)
  const writing = hasScope(write)
  return permission({ name: `hasScopeByMethod({ read: '${read}', write: '${write}' })` }, async (check) =>
    (await isReadOnly(check)) ? reading(check) : writing(check),
  )
}

function scopePermission(
  name: string,
  scopes: readonly string[],
  suffices: (held: readonly string[]) => boolean,
): Permission {
  checkScopes(name, scopes)
  const scope = scopes.join(' ')
  const holds = (identity: Identity): boolean => {
    const held = scopesOf(identity)
    return held === null || suffices(held)
  }
  const rule: Rule = {
    name: `${name}(${scopes.map((scope) => `'${scope}'`).join(', ')})`,
    filter: (identity) => identity !== null && holds(identity),
  }
  return permission(rule, async ({ identity }) => {
    if (identity === null) return false
    if (holds(identity)) return true
    throw new PermissionDenied('insufficient_scope', `This needs the scope ${scope}.`, {
      challenge: { error: 'insufficient_scope', scope },
    })
  })
}

/** RFC 6749, section 3.3: a scope is one word of printable ASCII without quotes and backslashes. */
function checkScopes(name: string, scopes: readonly string[]): void {
  if (scopes.length === 0) throw new TypeError(`${name}() needs at least one scope.`)
  for (const scope of scopes) {
    if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
      throw new TypeError(`${name}: "${scope}" is not a scope (RFC 6749, section 3.3).`)
  }
}
