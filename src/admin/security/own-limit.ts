import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { User } from '../../core/identity.ts'
import { createAddressRanges, networkOf } from '../../http/address.ts'
import type { Clients } from '../../oauth/clients.ts'
import type { Organisations } from '../../organisations/organisations.ts'
import type { ThrottleOverride, ThrottleOverrides } from '../../storage/throttle-overrides.ts'
import type { ApiKeyList } from '../../tokens/api-key-list.ts'
import type { By } from '../../tokens/owner.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import { checkIsOther, checkMayActOn } from '../acting-on.ts'
import { checkMayActOnOwner } from '../owner-of.ts'

/** What is limited, and whose it is. */
export type OwnLimitOf = (typeof ownLimitsOf)[number]

export const ownLimitsOf = [
  'address',
  'failures',
  'guesses',
  'user',
  'service_account',
  'client',
  'key',
  'organisation',
] as const

export interface OwnLimitAsked {
  readonly of: OwnLimitOf
  /** An address or a range, a username or an id, a `client_id`. */
  readonly subject: string
  /** Such as `100/min`; `null`: nothing goes through. */
  readonly rate: string | null
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly until: number
}

export interface OwnLimitStores {
  readonly throttleOverrides: Pick<ThrottleOverrides, 'set' | 'list' | 'delete'>
  readonly users: Pick<Users, 'find' | 'findByLogin'>
  readonly serviceAccounts: Pick<ServiceAccounts, 'find'>
  readonly clients: Pick<Clients, 'find'>
  readonly keyList: Pick<ApiKeyList, 'read'>
  readonly organisations: Pick<Organisations, 'find'>
  /** Throws `TypeError` for a rate that cannot be read. */
  readonly checkRate: (rate: string) => unknown
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** A limit of one's own ends within a year: what is for good is a setting. */
const longestOwnLimit = 366 * 86_400_000

/**
 * Gives a caller a limit of their own, or shuts them out. Throws `RequestRefused` (`invalid`) by field, and `PermissionDenied` where
 * only a superuser may touch them.
 */
export async function giveOwnLimit(
  stores: OwnLimitStores,
  asked: OwnLimitAsked,
  actor: User,
  by: By,
): Promise<ThrottleOverride> {
  const { of, rate, until } = asked
  const reason = asked.reason.trim()
  if (reason.length > 500) throw faulty('reason', 'It has to be at most 500 characters.')
  const now = stores.clock()
  if (!(until > now && until <= now + longestOwnLimit))
    throw faulty('until', 'It has to be in the future, and within a year.')
  if (rate === null && (of === 'failures' || of === 'guesses'))
    throw faulty('rate', 'Shut an address out of all requests instead: these are but counted.')
  if (rate !== null) checkRateOf(stores, rate)
  const subject = await subjectOf(stores, asked, actor, by)
  return stores.throttleOverrides.set({ throttle: throttles[of], subject, rate, reason, expiresAt: until }, by)
}

export type EndOwnLimitStores = Pick<OwnLimitStores, 'throttleOverrides' | 'users' | 'keyList'>

/** Ends one before its time. Throws `RequestRefused` (`not_found`), and `PermissionDenied` as `giveOwnLimit` does. */
export async function endOwnLimit(stores: EndOwnLimitStores, id: string, actor: User, by: By): Promise<void> {
  const one = (await stores.throttleOverrides.list()).find((other) => other.id === id)
  if (one === undefined) throw new RequestRefused('not_found', 'It had ended already.')
  const { of, id: whose } = ownLimitOf(one)
  const user = of === 'user' ? await stores.users.find(whose) : null
  if (user !== null) checkMayActOn(actor, user)
  const key = of === 'key' ? await stores.keyList.read(whose) : null
  if (key !== null) await checkMayActOnOwner(actor, key.owner, stores.users)
  await stores.throttleOverrides.delete(id, by)
}

/** What a limit of its own is for, as it is stored. */
export function ownLimitOf({ throttle, subject }: ThrottleOverride): { readonly of: OwnLimitOf; readonly id: string } {
  const colon = subject.indexOf(':')
  const [kind, id] = [subject.slice(0, colon), subject.slice(colon + 1)]
  const of = ownLimitsOf.find((one) => throttles[one] === throttle && (kinds[one] ?? one) === kind)
  return { of: of ?? 'address', id }
}

const throttles: Readonly<Record<OwnLimitOf, string>> = {
  address: 'requestsPerAddress',
  failures: 'failuresPerAddress',
  guesses: 'guessesPerAddress',
  user: 'requestsPerPrincipal',
  service_account: 'requestsPerPrincipal',
  client: 'requestsPerPrincipal',
  key: 'key',
  organisation: 'organisation',
}

/** How buckets begin, where that is not the same word. */
const kinds: Readonly<Partial<Record<OwnLimitOf, string>>> = { failures: 'address', guesses: 'address', key: 'apiKey' }

/** Whose it is, as throttles name their buckets. Whoever may not touch somebody cannot slow them down either. */
async function subjectOf(stores: OwnLimitStores, asked: OwnLimitAsked, actor: User, by: By): Promise<string> {
  const { of, rate } = asked
  const text = asked.subject.trim()
  const found = (kind: string, thing: { readonly id: string } | null): string => {
    if (thing === null) throw faulty('subject', 'There is no such one.')
    return `${kind}:${thing.id}`
  }
  if (of === 'address') return addressSubject(text, rate === null, by.address)
  if (of === 'failures' || of === 'guesses') return addressSubject(text, false, null)
  if (of === 'user') {
    const user = (await stores.users.findByLogin(text)) ?? (await stores.users.find(text))
    if (user !== null) checkMayActOn(actor, user)
    if (user !== null && rate === null) checkIsOther(actor, user, 'shut out')
    return found('user', user)
  }
  if (of === 'service_account') return found('service_account', await stores.serviceAccounts.find(text))
  if (of === 'client') return found('client', await stores.clients.find(text))
  if (of === 'organisation') return found('organisation', await stores.organisations.find(text))
  const key = await stores.keyList.read(text)
  if (key !== null) await checkMayActOnOwner(actor, key.owner, stores.users)
  return found('apiKey', key)
}

/** A range can be shut out, but each network in it is counted by itself. `own`: the address that must not be shut out. */
function addressSubject(text: string, isBlock: boolean, own: string | null | undefined): string {
  const isIn = readRange(text)
  if (!isBlock && text.includes('/') && networkOf(text.slice(0, text.indexOf('/'))) !== text)
    throw faulty('subject', 'Write one address: each is counted by itself. A range can be shut out alone.')
  const [address = '', bits] = text.split('/')
  if (bits !== undefined && Number(bits) < (address.includes(':') ? 16 : 8))
    throw faulty('subject', 'That is too wide: write /8 or longer, and /16 or longer for IPv6.')
  if (isBlock && isIn(own ?? null)) throw faulty('subject', 'You are there yourself, and would shut yourself out.')
  return `address:${text.includes('/') ? text : networkOf(text)}`
}

function readRange(text: string): (address: string | null) => boolean {
  try {
    const range = text.includes('/') ? text : networkOf(text)
    return createAddressRanges([range])
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw faulty('subject', 'Write an address, such as 203.0.113.7; to shut it out, a range as well: 203.0.113.0/24.')
  }
}

function checkRateOf({ checkRate }: OwnLimitStores, rate: string): void {
  try {
    checkRate(rate)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw faulty('rate', 'Write a number and a period, such as 100/min, 1000/hour or 10/15m.')
  }
}

function faulty(field: string, sentence: string): RequestRefused {
  return new RequestRefused('invalid', undefined, { body: { [field]: [sentence] } })
}
