import { Throttled } from '../core/errors.ts'
import type { Rate } from '../core/gcra.ts'
import { digest } from '../crypto/digest.ts'
import { callerAt } from './caller.ts'
import type { Counters } from './counters.ts'
import { memoryCounters } from './memory-counters.ts'
import { parseRate } from './rate.ts'

export interface GuessingGuardOptions {
  /** Where it counts (in memory). Its own ones where they are bounded, so that metering never pushes guesses out. */
  readonly counters?: Counters
  /** Where it remembers who signed in from which network (`counters` where given, else in memory, apart from the buckets). */
  readonly knownNetworks?: Counters
  /** Attempts for one account from one network (`'10/15m'`). */
  readonly perAccountAndAddress?: string | Rate
  /** Failed attempts from one network, for whichever accounts (`'100/hour'`). `false`: no limit. */
  readonly perAddress?: string | Rate | false
  /**
   * Failed attempts for one account, from wherever (`'100/day'`: NIST SP 800-63B, section 5.2.2, allows 100 in a row). It
   * does not hold for networks that the account signed in from within 30 days, so nobody can lock its owner out there.
   * `false`: no limit.
   */
  readonly perAccount?: string | Rate | false
  /** A limit of its own for a network in place of `perAddress`, as buckets name it; `null`: it has none (nobody has). */
  readonly ownPerAddress?: (network: string) => string | null
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Who tries, and for which account. */
export interface Guess {
  /** The account as the caller of this function normalises it: all ways to write one name must give one text. */
  readonly account: string
  /** The caller's address. All whose address is `null` count as one network. */
  readonly address: string | null
}

export interface GuessingGuard {
  /**
   * To be asked before anything is computed from the password. It takes from every bucket first, so guesses that arrive at
   * once cannot slip past; throws `Throttled` with the code `too_many_attempts` where one is empty, and then the right
   * password is refused like a wrong one. An attempt that fails needs nothing more.
   */
  readonly attempt: (guess: Guess) => Promise<Attempt>
  /** Forgets failures for an account, as after its password was reset: from everywhere, and from the network given. */
  readonly clear: (guess: Guess) => Promise<void>
}

/** An attempt that was let through, and counts as failed until one of these says otherwise. Only the first call has effect. */
export interface Attempt {
  /**
   * The password was right: gives back what this attempt took, and forgets the failures for this account from this network.
   * What the network failed at other accounts stays.
   */
  readonly succeeded: () => Promise<void>
  /** The password was never compared, as when the queue was full: gives back what this attempt took. */
  readonly withdrawn: () => Promise<void>
}

/** Stops the guessing of passwords, by account and network, by network, and by account. One guard for all ways to sign in. */
export function createGuessingGuard(options: GuessingGuardOptions = {}): GuessingGuard {
  const {
    counters = memoryCounters(),
    knownNetworks = options.counters ?? memoryCounters(),
    clock = Date.now,
  } = options
  const { perAccountAndAddress = '10/15m', perAddress = '100/hour', perAccount = '100/day' } = options
  const pairRate = parseRate(perAccountAndAddress)
  const networkRate = perAddress === false ? null : parseRate(perAddress)
  const accountRate = perAccount === false ? null : parseRate(perAccount)

  /** The narrowest first: whoever hammers a shut door is refused there and takes nothing from the others. */
  async function* bucketsOf(who: string, address: string | null): AsyncGenerator<Bucket, void> {
    const network = callerAt(address)
    yield { key: pairKey(who, network), rate: pairRate }
    const own = options.ownPerAddress?.(network) ?? null
    if (own !== null) yield { key: `guess.network:own:${own}:${network}`, rate: parseRate(own) }
    else if (networkRate !== null) yield { key: `guess.network:${network}`, rate: networkRate }
    if (accountRate !== null && !(await isKnown(who, address))) yield { key: accountKey(who), rate: accountRate }
  }

  /** Takes from every bucket or from none. The wait is the longest of all, so that whoever keeps it is let in. */
  async function takeFromAll(who: string, address: string | null): Promise<readonly Bucket[]> {
    const taken: Bucket[] = []
    let wait = 0
    for await (const bucket of bucketsOf(who, address)) {
      const ask = wait === 0 ? counters.take : counters.peek
      const answer = await ask(bucket.key, bucket.rate, clock())
      if (answer.allowed && wait === 0) taken.push(bucket)
      wait = Math.max(wait, answer.wait)
    }
    if (wait === 0) return taken
    await giveBack(taken)
    throw new Throttled(wait, 'too_many_attempts')
  }

  async function giveBack(buckets: readonly Bucket[]): Promise<void> {
    await Promise.all(buckets.map(async ({ key, rate }) => counters.take(key, rate, clock(), -1)))
  }

  async function isKnown(who: string, address: string | null): Promise<boolean> {
    return address !== null && !(await knownNetworks.peek(knownKey(who, address), remembered, clock())).allowed
  }

  async function remember(who: string, address: string | null): Promise<void> {
    if (address === null) return
    const key = knownKey(who, address)
    const { reset } = await knownNetworks.peek(key, remembered, clock())
    if (reset > remembered.window - renewedAfter) return
    if (reset > 0) await knownNetworks.clear(key)
    await knownNetworks.take(key, remembered, clock())
  }

  return {
    attempt: async ({ account, address }) => {
      const who = nameOf(account)
      const taken = await takeFromAll(who, address)
      let open = true
      return {
        succeeded: async () => {
          if (!open) return
          open = false
          const [pair, ...others] = taken as [Bucket, ...Bucket[]]
          await Promise.all([counters.clear(pair.key), giveBack(others), remember(who, address)])
        },
        withdrawn: async () => {
          if (!open) return
          open = false
          await giveBack(taken)
        },
      }
    },
    clear: async ({ account, address }) => {
      const who = nameOf(account)
      await Promise.all([counters.clear(accountKey(who)), counters.clear(pairKey(who, callerAt(address)))])
    },
  }
}

/** Where guesses at an account are counted: its own bucket, and how the keys of those for each network begin. */
export function guessKeys(account: string): { readonly account: string; readonly fromNetworks: string } {
  const who = nameOf(account)
  return { account: accountKey(who), fromNetworks: pairKey(who, '') }
}

interface Bucket {
  readonly key: string
  readonly rate: Rate
}

/** A bucket of one that is empty for 30 days after it was taken from: an empty one says "known". */
const remembered: Rate = { limit: 1, window: 30 * 86_400, text: '1/30d' }

/** A network is remembered anew once a day, so that a sign-in seldom writes. */
const renewedAfter = 86_400

/**
 * Accounts go by their id, so that whoever looks after the buckets sees whose they are; everything else that is typed goes as a
 * digest: names of any length fit, and the counters' store does not keep what strangers tried.
 */
function nameOf(account: string): string {
  return /^user:[0-9A-Za-z]{1,16}$/.test(account) ? account : digest(account).toString('base64url')
}

function pairKey(who: string, network: string): string {
  return `guess.pair:${who}:${network}`
}

function accountKey(who: string): string {
  return `guess.account:${who}`
}

function knownKey(who: string, address: string): string {
  return `guess.known:${who}:${callerAt(address)}`
}
