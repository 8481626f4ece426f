import type { Identity } from '../core/identity.ts'
import { permission, type Permission } from '../core/permission.ts'

/** They came in by one of these authenticators, by name, such as `isVia('session')`. */
export function isVia(...names: readonly string[]): Permission {
  if (names.length === 0) throw new TypeError('isVia() needs the name of an authenticator, such as session.')
  const holds = (identity: Identity | null): boolean => identity !== null && names.includes(identity.via)
  const name = `isVia(${names.map((name) => `'${name}'`).join(', ')})`
  return permission({ name, filter: holds }, async ({ identity }) => holds(identity))
}
