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
  const words = scope
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z*]+/)
  if (words.some((word) => sensitive.has(word))) return 'sensitive'
  return words.some((word) => reading.has(word)) && !words.some((word) => changing.has(word)) ? 'reads' : 'changes'
}

const sensitive: ReadonlySet<string> = new Set(
  'admin administer all delete destroy erase full impersonate owner purge root sudo wipe *'.split(' '),
)
const reading: ReadonlySet<string> = new Set('get list read readonly see view'.split(' '))
/** What stands beside a word for looking and means more: `list:remove` is about a list. No words that name things too, as in `post:read`. */
const changing: ReadonlySet<string> = new Set(
  (
    'accept add approve assign cancel change close create disable edit enable execute join leave manage modify move pay publish push ' +
    'reject remove rename replace reset restore revoke send set stop submit subscribe unsubscribe update write'
  ).split(' '),
)
