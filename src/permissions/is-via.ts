import { permission, type Permission } from '../core/permission.ts'

/** They came in by one of these authenticators, by name, such as `isVia('session')`. */
export function isVia(...names: readonly string[]): Permission {
  if (names.length === 0) throw new TypeError('isVia() needs the name of an authenticator, such as session.')
  return permission({ name: `isVia(${names.map((name) => `'${name}'`).join(', ')})` }, async ({ identity }) => {
    return identity !== null && names.includes(identity.via)
  })
}
