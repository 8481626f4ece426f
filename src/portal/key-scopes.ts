import type { ScopeCatalogue } from '../oauth/scopes.ts'

export interface ScopeResource {
  /** Such as `notes`. */
  readonly name: string
  /** Its scopes, such as `notes:read`; `null` where the catalogue has none. */
  readonly read: string | null
  readonly write: string | null
}

/** Scopes of sign-in, which mean nothing for a key (OpenID Connect Core 1.0, section 5.4). */
const ofSignIn = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

/** The scopes that a key may have: those that read or write a resource by resource, and the others as they are. */
export function groupedScopes(catalogue: ScopeCatalogue): {
  readonly resources: readonly ScopeResource[]
  readonly others: readonly string[]
} {
  const resources = new Map<string, ScopeResource>()
  const others: string[] = []
  for (const scope of Object.keys(catalogue)) {
    if (ofSignIn.has(scope)) continue
    const [, name, access] = /^([\w-]+)[:.](read|write)$/.exec(scope) ?? []
    if (name === undefined) {
      others.push(scope)
      continue
    }
    const known = resources.get(name) ?? { name, read: null, write: null }
    resources.set(name, access === 'read' ? { ...known, read: scope } : { ...known, write: scope })
  }
  return { resources: [...resources.values()], others }
}
