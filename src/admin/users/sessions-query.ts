import { networkOfFilter, type SessionFilter, type SessionWay, sessionWays } from '../../accounts/session-filter.ts'
import type { Users } from '../../accounts/users.ts'
import type { Problem } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import { momentTyped } from '../../screens/moment-typed.ts'
import { sought } from '../../screens/sought.ts'
import { userSought } from '../user-sought.ts'

/** What the list of sessions is narrowed to, as its address has it. */
export type SessionsQuery = Readonly<Record<(typeof names)[number], string>>

const names = ['user', 'network', 'started', 'seen', 'client', 'way', 'factor'] as const

export function sessionsQueryIn(query: URLSearchParams): SessionsQuery {
  return Object.fromEntries(names.map((name) => [name, sought(query, name)])) as SessionsQuery
}

/** The same as a query again, without what is empty. */
export function searchOf(wanted: SessionsQuery): URLSearchParams {
  return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ''))
}

/**
 * Which sessions it means, and what is wrong with it: whoever mistypes an address must not take all sessions for those that they
 * looked for.
 */
export async function sessionsMeant(
  wanted: SessionsQuery,
  users: Pick<Users, 'findByLogin'>,
): Promise<{ readonly filter: SessionFilter; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = []
  const time = (name: 'started' | 'seen'): number | undefined => {
    if (wanted[name] === '') return undefined
    const at = momentTyped(wanted[name])
    if (at === null) problems.push({ field: name, message: 'Write a moment such as 2026-11-30T16:05, in UTC.' })
    return at ?? undefined
  }
  const network = wanted.network === '' ? undefined : wanted.network
  if (!isNetwork(network))
    problems.push({ field: 'network', message: 'Write an address or a range, such as 203.0.113.0/24.' })
  if (wanted.way !== '' && !Object.hasOwn(sessionWays, wanted.way))
    problems.push({ field: 'way', message: 'Choose one of the ways to sign in.' })
  if (wanted.factor !== '' && wanted.factor !== 'one')
    problems.push({ field: 'factor', message: 'Choose one of the answers.' })
  const filter = {
    userId: (await userSought(searchOf(wanted), 'user', users)).id,
    network,
    startedBefore: time('started'),
    lastSeenBefore: time('seen'),
    client: wanted.client === '' ? undefined : wanted.client,
    way: wanted.way === '' ? undefined : (wanted.way as SessionWay),
    withoutSecondFactor: wanted.factor === 'one' ? true : undefined,
  }
  return { filter, problems }
}

export function sessionsControls(wanted: SessionsQuery, problems: readonly Problem[]): readonly Markup[] {
  const wrong = (name: string): string | undefined => problems.find(({ field }) => field === name)?.message
  const text = (name: (typeof names)[number], label: string, type?: 'datetime-local'): Markup =>
    textControl({
      id: name,
      name,
      label,
      type,
      value: wanted[name],
      maxLength: 254,
      step: type && 1,
      wrong: wrong(name),
    })
  return [
    text('user', 'Username or e-mail'),
    text('network', 'Address or range'),
    text('started', 'Signed in before (UTC)', 'datetime-local'),
    text('seen', 'Not seen since (UTC)', 'datetime-local'),
    text('client', 'Client id of an application'),
    select({ id: 'way', name: 'way', label: 'Signed in by', value: wanted.way, choices: ways, wrong: wrong('way') }),
    select({
      id: 'factor',
      name: 'factor',
      label: 'Factors',
      value: wanted.factor,
      choices: factors,
      wrong: wrong('factor'),
    }),
  ]
}

/** What the filter says, in words, for a page that asks. */
export function sessionsInWords({
  user,
  network,
  started,
  seen,
  client,
  way,
  factor,
}: SessionsQuery): readonly string[] {
  return [
    ...(user === '' ? [] : [`of ${user}`]),
    ...(network === '' ? [] : [`signed in from ${network}`]),
    ...(started === '' ? [] : [`signed in before ${started} UTC`]),
    ...(seen === '' ? [] : [`not seen since ${seen} UTC`]),
    ...(client === '' ? [] : [`with the application ${client} connected`]),
    ...ways.filter(({ value }) => value !== '' && value === way).map(({ text }) => `signed in by ${text}`),
    ...(factor === '' ? [] : ['with one factor alone']),
  ]
}

const ways: readonly { readonly value: '' | SessionWay; readonly text: string }[] = [
  { value: '', text: 'Any way' },
  { value: 'password', text: 'password' },
  { value: 'passkey', text: 'passkey' },
  { value: 'email', text: 'code by e-mail' },
  { value: 'elsewhere', text: 'another site' },
  { value: 'remembered', text: 'remembered browser' },
  { value: 'emergency', text: 'code for emergencies' },
]

const factors = [
  { value: '', text: 'Any' },
  { value: 'one', text: 'One alone' },
]

function isNetwork(network: string | undefined): boolean {
  try {
    return networkOfFilter({ network }) !== undefined
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}
