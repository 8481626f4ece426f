import type { Limit } from './throttles.ts'

/** What a bucket counts, and of whom, in words. */
export interface BucketWords {
  /** Which rule it is of. */
  readonly rule: string
  /** Whom it counts, as the audit log has it (`user:4fQ…`), for a name and a link; `null` where that is said in `text` alone. */
  readonly subject: string | null
  readonly text: string
}

/** Reads the name of a bucket. One of an application's own is told by the name that the application gave it. */
export function bucketWords(key: string, limits: readonly Limit[]): BucketWords {
  const [, name = '', rest = ''] = /^([^:]*):(.*)$/s.exec(key) ?? []
  const own = guessed(name, rest) ?? asked(name, rest)
  if (own !== null) return own
  const [, begins = '', caller = ''] = metered.exec(key) ?? []
  if (begins !== '') {
    const rule = limits.find(({ prefix }) => prefix === begins)?.what ?? others[begins] ?? begins
    return { rule, ...whom(caller) }
  }
  return { rule: others[name] ?? name, ...whom(rest) }
}

/** `address:60:address:192.0.2.1`, `principal/100:3600:user:4fQ`, `key:own:100/60:apiKey:4fQ`. */
const metered = /^([a-z][\w.-]*)(?:\/\d+)?:(?:\d+|own:[^:]+):(.+)$/is

/** Those that stand in no setting. */
const others: Readonly<Record<string, string>> = {
  key: 'Requests with an API key',
  organisation: 'Requests for an organisation',
  registration: 'Clients that register themselves from a network',
  'provider-sign-ins': 'Sign-ins with providers that a network begins',
  dpop: 'A proof of possession, which is taken once',
  'oauth.user-code.account': 'Wrong device codes of an account',
  'oauth.user-code.network': 'Wrong device codes from a network',
}

/** `guess.pair:user:4fQ:address:192.0.2.1` and its siblings. */
function guessed(name: string, rest: string): BucketWords | null {
  if (name === 'guess.network') {
    return { rule: 'Wrong passwords from a network', ...whom(rest.replace(/^own:[^:]+:/, '')) }
  }
  if (name !== 'guess.pair' && name !== 'guess.account' && name !== 'guess.known') return null
  const [, account = rest, network = ''] = /^(.*?):(address:.*)$/s.exec(rest) ?? []
  const known = account.startsWith('user:') ? account : null
  const who = known === null ? 'a name that is nobody’s, or a second factor' : ''
  const from = network === '' ? '' : `from ${addressIn(network)}`
  return { rule: rules[name], subject: known, text: [who, from].filter((part) => part !== '').join(', ') }
}

const rules = {
  'guess.pair': 'Wrong passwords for an account from one network',
  'guess.account': 'Wrong passwords for an account',
  'guess.known': 'A network that an account signed in from',
} as const

function asked(name: string, rest: string): BucketWords | null {
  if (name === 'mail.network') return { rule: 'Mail that is asked for from a network', ...whom(rest) }
  if (name !== 'mail.account') return null
  return { rule: 'Mail that is asked for to an account', subject: null, text: 'an address that is kept as a digest' }
}

function whom(caller: string): Pick<BucketWords, 'subject' | 'text'> {
  if (caller.startsWith('address:')) return { subject: null, text: addressIn(caller) }
  const [, kind = '', id = ''] = /^(user|service_account|client|apiKey|organisation):(.+)$/s.exec(caller) ?? []
  if (kind !== '') return { subject: `${kind === 'apiKey' ? 'api_key' : kind}:${id}`, text: '' }
  return { subject: null, text: caller.startsWith('#') ? 'a caller whose name is too long to be kept' : caller }
}

/** A network of IPv6 addresses is named by its first one. */
function addressIn(caller: string): string {
  const address = caller.slice('address:'.length)
  return address === 'unknown' ? 'callers whose address is not known' : address
}
