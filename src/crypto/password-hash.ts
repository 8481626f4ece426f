import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { ParsedHashOptions } from '@node-rs/argon2'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { createAlikeTimes } from './alike-times.ts'
import { createPasswordQueue } from './password-queue.ts'

export { PasswordQueueFull } from './password-queue.ts'

export interface PasswordHasherOptions {
  /** Memory for one hash, in KiB (19456). This and the next two are what OWASP's cheat sheet on passwords asks for. */
  readonly memoryCost?: number
  /** Passes over the memory (2). */
  readonly timeCost?: number
  /** Lanes, each of which keeps a core busy (1). */
  readonly parallelism?: number
  /**
   * How many are computed at once (one less than there are cores, so that other requests have one; at least 1). They run on
   * Node's thread pool, which has 4 threads unless `UV_THREADPOOL_SIZE` says otherwise.
   */
  readonly concurrency?: number
  /** How many may wait (256). */
  readonly queue?: number
  /** Milliseconds that one may wait (5000). */
  readonly patience?: number
  /** Formats of other systems that are still verified, never made (none). They run in the same queue. */
  readonly verifiers?: readonly PasswordVerifier[]
  /** Milliseconds that never go back, by which it measures (`performance.now`). */
  readonly now?: () => number
  /** Waits for milliseconds (`setTimeout`). */
  readonly pause?: (milliseconds: number) => Promise<void>
}

/** Verifies passwords against hashes of one foreign format. */
export interface PasswordVerifier {
  readonly recognises: (stored: string) => boolean
  /** `false` also where the hash turns out to be damaged. Must not keep the event loop busy. */
  readonly verify: (stored: string, password: string) => Promise<boolean>
}

/** Hashes and verifies passwords, exactly as they were typed: not trimmed, not normalised. */
export interface PasswordHasher {
  /**
   * A PHC string with its own salt. Rejects with `RangeError` for a password of more than 4096 bytes or with half a
   * character (a lone surrogate), and with `PasswordQueueFull`.
   */
  readonly hash: (password: string) => Promise<string>
  /**
   * Tells whether this is the password. `null` (no such user, no password), a format that is not known and a password that
   * `hash` would refuse take as long as a wrong password does, whatever kind its hash is of. Rejects with `PasswordQueueFull`.
   */
  readonly verify: (stored: string | null, password: string) => Promise<boolean>
  /** Tells whether a hash should be made anew at the next sign-in: it is of another format, or has other parameters. */
  readonly needsRehash: (stored: string) => boolean
  /** Whether it is a hash that passwords can be verified against, without doing so. */
  readonly recognises: (stored: string) => boolean
  readonly waiting: () => number
  readonly running: () => number
  /** Rejects what waits and what comes, and resolves when nothing runs any more. */
  readonly close: () => Promise<void>
}

/** What the package makes unless told otherwise: the algorithm, and its version 1.3 in decimal (RFC 9106, section 3.1). */
const prefix = '$argon2id$v=19$'

const names = ['memoryCost', 'timeCost', 'parallelism', 'outputLen'] as const

/** The most bytes of a password. Hashing more would be work that anyone could order. */
const longest = 4096

/**
 * Argon2id (RFC 9106) off the event loop, at most `concurrency` at once: more would not be faster, and would take the other
 * requests' cores and memory. Throws `TypeError` for options that are no whole numbers, or too weak.
 */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const {
    concurrency = Math.max(1, availableParallelism() - 1),
    queue = 256,
    patience = 5000,
    verifiers = [],
    now = () => performance.now(),
    pause = async (milliseconds) => delay(milliseconds),
  } = options
  const parameters = argon2Parameters(options)
  const jobs = createPasswordQueue({ concurrency, queue, patience })
  const decoy = decoyFor(parameters)
  const times = createAlikeTimes({ now, pause })

  return {
    hash: async (password) => {
      const refused = refusal(password)
      if (refused !== null) throw new RangeError(refused)
      return jobs.run(() => hash(password, parameters))
    },
    verify: async (stored, password) => {
      const matches = refusal(password) === null ? verifierFor(stored) : null
      const isForeign = matches !== null && stored !== null && needsRehash(stored)
      const compare = matches === null ? atDecoy : async () => matches(password)
      return times.settled(await jobs.run(async () => times.timed(isForeign, compare)))
    },
    recognises: (stored) => verifierFor(stored) !== null,
    needsRehash,
    waiting: jobs.waiting,
    running: jobs.running,
    close: jobs.close,
  }

  function needsRehash(stored: string): boolean {
    const found = stored.startsWith(prefix) ? parseArgon2(stored) : null
    return found?.saltLen !== 16 || names.some((name) => found[name] !== parameters[name])
  }

  function verifierFor(stored: string | null): ((password: string) => Promise<boolean>) | null {
    if (stored === null) return null
    if (parseArgon2(stored) !== null) return (password) => verify(stored, password)
    const foreign = verifiers.find(({ recognises }) => recognises(stored))
    return foreign === undefined ? null : (password) => foreign.verify(stored, password)
  }

  async function atDecoy(): Promise<boolean> {
    await verify(decoy, '')
    return false
  }
}

type Costs = Pick<ParsedHashOptions, 'memoryCost' | 'timeCost' | 'parallelism'>
type Parameters = Costs & Pick<ParsedHashOptions, 'outputLen'>

/** 7 MiB is the least of OWASP's equal choices (with 5 passes); less is no obstacle, so it is taken for a slip. */
function argon2Parameters({ memoryCost = 19_456, timeCost = 2, parallelism = 1 }: PasswordHasherOptions): Parameters {
  for (const [name, value, least] of [
    ['memoryCost', memoryCost, 7168],
    ['timeCost', timeCost, 1],
    ['parallelism', parallelism, 1],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue
    throw new TypeError(`${name} must be a whole number, ${least} or more.`)
  }
  const parameters = { memoryCost, timeCost, parallelism }
  if (!isAffordable(parameters)) {
    throw new TypeError('memoryCost may be 1 GiB (1048576) and 4 GiB over all passes, and parallelism 64, at most.')
  }
  return { ...parameters, outputLen: 32 }
}

/**
 * A stored hash says how much memory checking it takes, up to 4 TiB, for which the system would end the process. What asks
 * for more than the costliest usual parameters (libsodium's "sensitive": 1 GiB, 4 passes) is not a hash we know.
 */
function isAffordable({ memoryCost, timeCost, parallelism }: Costs): boolean {
  return memoryCost <= 2 ** 20 && memoryCost * timeCost <= 2 ** 22 && parallelism <= 64
}

/**
 * A hash that no password has: salt and tag are random, so that it costs nothing to make and what is computed for it never
 * fits.
 */
function decoyFor({ memoryCost, timeCost, parallelism, outputLen }: Parameters): string {
  const salt = randomBytes(16).toString('base64').replaceAll('=', '')
  const tag = randomBytes(outputLen).toString('base64').replaceAll('=', '')
  return `${prefix}m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${tag}`
}

function refusal(password: string): string | null {
  if (Buffer.byteLength(password) > longest) return `A password may have at most ${longest} bytes.`
  if (!password.isWellFormed()) return 'The password holds half a character, which UTF-8 cannot write.'
  return null
}

/** The parameters of a PHC string of Argon2 whose work is no more than anybody's usual one; `null` for every other text. */
export function parseArgon2(stored: string): ParsedHashOptions | null {
  if (!stored.startsWith('$argon2')) return null
  try {
    const found = parseOptions(stored)
    return isAffordable(found) ? found : null
  } catch {
    return null
  }
}
