import { importPublicJwk, type Jwk, privateMember } from '../crypto/jwk.ts'
import type { ClientMetadata } from './client-metadata.ts'
import type { ClientRules } from './client-values.ts'
import type { GivenClient } from './client-wire.ts'

export interface MemberContext {
  /** Everything that is given, unchecked. */
  readonly given: GivenClient
  readonly rules: ClientRules
  /** Tells of a fault. It may be called several times, and never with what was sent. */
  readonly say: (message: string) => void
}

/** Reads one member of a client: its value, or `undefined` where it told of a fault. */
export type Member<Value> = (value: unknown, context: MemberContext) => Value | undefined

export type Members<Values> = { readonly [Name in keyof Values]-?: Member<NonNullable<Values[Name]>> }

/** Why a text is not allowed, as the rest of a sentence; `null`: it is. */
export type TextFault = (text: string, context: MemberContext) => string | null

export function text(fault: TextFault): Member<string> {
  return (value, context) => {
    const wrong = typeof value === 'string' ? fault(value, context) : 'has to be a text.'
    if (wrong !== null) context.say(`It ${wrong}`)
    return wrong === null ? (value as string) : undefined
  }
}

/** Each text once, in the order in which they were given. Tells of every one that is not allowed. */
export function list(fault: TextFault): Member<readonly string[]> {
  return (value, context) => {
    if (!Array.isArray(value) || value.length > most) {
      context.say(`A list of up to ${most} texts is needed.`)
      return undefined
    }
    const faults = (value as readonly unknown[]).flatMap((one, index) => {
      const wrong = typeof one === 'string' ? fault(one, context) : 'has to be a text.'
      return wrong === null ? [] : [`No. ${index + 1} ${wrong}`]
    })
    for (const message of faults) context.say(message)
    return faults.length > 0 ? undefined : [...new Set(value as readonly string[])]
  }
}

/** Nobody needs more. */
const most = 100

export function listed(names: readonly string[]): TextFault {
  return (value) => (names.includes(value) ? null : `is none of: ${names.join(', ')}.`)
}

export function oneOf<const Name extends string>(names: readonly Name[]): Member<Name> {
  return text(listed(names)) as Member<Name>
}

export const scopeNames: Member<readonly string[]> = list((name, { rules }) =>
  Object.hasOwn(rules.scopes, name) ? null : 'is not in the catalogue of scopes.',
)

export const flag: Member<boolean> = (value, { say }) => {
  if (typeof value === 'boolean') return value
  say('It has to be true or false.')
  return undefined
}

export function seconds(from: number, to: number): Member<number> {
  return (value, { say }) => {
    if (Number.isInteger(value) && (value as number) >= from && (value as number) <= to) return value as number
    say(`It has to be a whole number of seconds from ${from} to ${to}.`)
    return undefined
  }
}

/** A set of public keys (RFC 7517, section 5). Keys that are not for signatures may be in it; they are not used. */
export const jwkSet: Member<NonNullable<ClientMetadata['jwks']>> = (value, { say }) => {
  const keys = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > mostKeys) {
    say(`It has to be a JWK set: an object with up to ${mostKeys} keys.`)
    return undefined
  }
  const faults = (keys as readonly unknown[]).flatMap((key, index) => {
    const wrong = isObject(key) ? keyFault(key) : 'has to be an object.'
    return wrong === null ? [] : [`No. ${index + 1} ${wrong}`]
  })
  for (const message of faults) say(message)
  return faults.length > 0 ? undefined : { keys: keys as readonly Jwk[] }
}

const mostKeys = 20

/** What is private was seen by too many by now, and is never repeated. */
function keyFault(key: Jwk): string | null {
  if (privateMember(key) !== undefined || key.kty === 'oct') {
    return 'holds what has to stay secret. Replace that key, and register its public half alone.'
  }
  if (key.use !== undefined && key.use !== 'sig') return null
  try {
    importPublicJwk(key, key.kty === 'RSA' && key.alg === undefined ? 'RS256' : undefined)
    return null
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return 'cannot be read as a public key for signatures, or is too weak.'
  }
}

function isObject(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
