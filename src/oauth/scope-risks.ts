import type { Risk } from '../pages/asked.ts'

/** What scopes let an application do, by their names, where it is not what their names say. */
export type ScopeRisks = Readonly<Record<string, Risk>>

/** Under which heading people find a scope that they are asked for: what is given, else what is known of it, else what its name says. */
export function riskOf(scope: string, given: ScopeRisks = {}): Risk {
  if (Object.hasOwn(given, scope)) return given[scope] ?? 'changes'
  return known.get(scope) ?? byName(scope)
}

/** OpenID Connect Core 1.0, sections 5.4 and 11, and the scopes of our own APIs. */
const known: ReadonlyMap<string, Risk> = new Map([
  ...['openid', 'profile', 'email', 'address', 'phone', 'roles', 'groups'].map((scope) => [scope, 'reads'] as const),
  ['offline_access', 'lasts'],
  ['account', 'sensitive'],
  ['admin', 'sensitive'],
])

/** Whatever does not say that it only looks is taken for more. */
function byName(scope: string): Risk {
  const words = scope.toLowerCase().split(/[^a-z*]+/)
  if (words.some((word) => sensitive.has(word))) return 'sensitive'
  return words.some((word) => reading.has(word)) && !words.some((word) => changing.has(word)) ? 'reads' : 'changes'
}

const sensitive: ReadonlySet<string> = new Set([
  'admin',
  'administer',
  'all',
  'delete',
  'full',
  'impersonate',
  'owner',
  '*',
])
const reading: ReadonlySet<string> = new Set(['get', 'list', 'read', 'readonly', 'see', 'view'])
const changing: ReadonlySet<string> = new Set(['add', 'change', 'create', 'edit', 'manage', 'send', 'update', 'write'])
