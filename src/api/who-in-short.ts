import { nameOf, type Permission } from '../core/permission.ts'

/**
 * Who passes some permissions, in a few words for a list: `Staff · scope admin · fresh sign-in`. What is about single objects, or
 * about emergencies, is left to the page of the operation, which says all (`whoMay`).
 */
// oxlint-disable-next-line typescript/no-explicit-any -- any permission can be told about
export function whoInShort(rules: readonly Permission<any, any>[]): string {
  const words = [...new Set(rules.flatMap((rule) => wordsOf(rule)))]
  const isNarrower = words.includes('superusers')
  const shown = words.filter((word) => word !== '' && !(isNarrower && word === 'staff')).join(' · ')
  // What is not known here is the name of a rule, which stays as it is written.
  return /^[a-z]+[A-Z(]/.test(shown) ? shown : `${shown.charAt(0).toUpperCase()}${shown.slice(1)}`
}

// oxlint-disable-next-line typescript/no-explicit-any -- any permission can be told about
function wordsOf(permission: Permission<any, any>): readonly string[] {
  const { combines, parts = [] } = permission.rule ?? {}
  const [first = permission, second] = parts
  if (combines === 'allOf') return parts.flatMap(wordsOf)
  if (combines === 'not') return [`not ${wordsOf(first).join(' and ')}`]
  if (combines === undefined) return [wordOf(nameOf(permission))]
  // What asks sessions alone for a fresh proof is said for those: it is how it looks from the browser.
  if (second !== undefined && nameOf(first) === "not(isVia('session'))") return wordsOf(second)
  return [parts.map((part) => wordsOf(part).join(' and ')).join(', or ')]
}

function wordOf(name: string): string {
  const [, rule = name, inside = ''] = /^(\w+)\((.*)\)$/s.exec(name) ?? []
  const known = Object.hasOwn(words, rule) ? words[rule] : undefined
  return known?.([...inside.matchAll(/'([^']*)'/g)].map(([, value]) => value ?? '')) ?? name
}

const words: Readonly<Record<string, (values: readonly string[]) => string>> = {
  allowAny: () => 'everyone',
  isAuthenticated: () => 'authenticated',
  isAuthenticatedOrReadOnly: () => 'everyone to read, authenticated to change',
  isReadOnly: () => 'reading',
  isUser: () => 'people',
  isStaff: () => 'staff',
  isSuperuser: () => 'superusers',
  hasScope: (scopes) => `scope ${scopes.join(' ')}`,
  hasAnyScope: (scopes) => `scope ${scopes.join(' or ')}`,
  hasScopeByMethod: ([read, write]) => `scope ${read} to read, ${write} to change`,
  hasPermission: (names) => `permission ${names.join(', ')}`,
  isOwner: () => 'its owner',
  isVia: (names) => `by ${names.join(' or ')}`,
  freshLogin: () => 'fresh sign-in',
  isNoEmergency: () => '',
  mayActOnAccount: () => '',
}
