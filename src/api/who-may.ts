import { nameOf, type Permission } from '../core/permission.ts'

/** A permission in words, with those that it is made of. */
export interface WhoMay {
  readonly text: string
  readonly parts: readonly WhoMay[]
}

/** Says in a sentence who passes a permission. One that is not known here is shown as it is written. */
// oxlint-disable-next-line typescript/no-explicit-any -- any permission can be told about
export function whoMay(permission: Permission<any, any>): WhoMay {
  const { combines, parts = [] } = permission.rule ?? {}
  if (combines === undefined) return { text: sentenceOf(nameOf(permission)), parts: [] }
  const [only = permission] = parts
  const without = combines === 'not' && /^isVia\((.*)\)$/.exec(nameOf(only))
  if (without) return { text: sentenceOf(`isNotVia(${without[1]})`), parts: [] }
  // All of all are all, and one of one is one: nested ones of a kind read as one list.
  const flat = parts
    .map(whoMay)
    .flatMap((part) => (part.text === combinations[combines] && combines !== 'not' ? part.parts : [part]))
  return { text: combinations[combines], parts: flat }
}

const combinations = { allOf: 'All of these hold:', anyOf: 'One of these holds:', not: 'This does not hold:' }

function sentenceOf(name: string): string {
  const [, rule = name, inside = ''] = /^(\w+)\((.*)\)$/s.exec(name) ?? []
  const known = Object.hasOwn(sentences, rule) ? sentences[rule] : undefined
  return known?.([...inside.matchAll(/'([^']*)'/g)].map(([, value]) => value ?? '')) ?? name
}

const sentences: Readonly<Record<string, (values: readonly string[]) => string>> = {
  allowAny: () => 'Everyone, known or not.',
  isAuthenticated: () => 'Whoever shows a valid credential: people, service accounts and clients.',
  isAuthenticatedOrReadOnly: () => 'Everyone may read; whoever shows a valid credential may change.',
  isReadOnly: () => 'The request only reads.',
  isUser: () => 'A person, not a program.',
  isStaff: () => 'A member of staff.',
  isSuperuser: () => 'A superuser.',
  hasScope: (scopes) => `A key or token has ${manyScopes(scopes)}. A session needs none.`,
  hasAnyScope: (scopes) => `A key or token has one of the scopes ${scopes.join(', ')}. A session needs none.`,
  hasScopeByMethod: ([read, write]) => `A key or token has the scope ${read} to read and ${write} to change.`,
  hasPermission: (names) => `Who calls has the permission ${names.join(', ')}, themselves or by a group.`,
  isOwner: () => 'It is the owner of the object.',
  isVia: (names) => `The way in is ${names.join(' or ')}.`,
  isNotVia: (names) => `The way in is not ${names.join(' or ')}.`,
  freshLogin: () => 'They proved who they are a short while ago.',
  isNoEmergency: () => 'They did not sign in by a code for emergencies.',
  mayActOnAccount: () =>
    'The account is no administrator’s, or their own. Superusers may act on that of every administrator who is one for no longer than they are.',
}

function manyScopes(scopes: readonly string[]): string {
  return scopes.length === 1 ? `the scope ${scopes[0]}` : `all of the scopes ${scopes.join(', ')}`
}
