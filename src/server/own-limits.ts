import { type AddressRanges, createAddressRanges } from '../http/address-ranges.ts'
import type { ThrottleOverride, ThrottleOverrides } from '../storage/throttle-overrides.ts'
import type { OwnLimit } from '../throttling/overridden.ts'

/** Limits that can be overridden for single callers: by the name of their setting, or what they count. */
export type OverriddenThrottle =
  | 'requestsPerAddress'
  | 'failuresPerAddress'
  | 'guessesPerAddress'
  | 'requestsPerPrincipal'
  | 'key'
  | 'organisation'

/** The limits that single callers have of their own, from memory: asked with every request. */
export interface OwnLimits {
  readonly isAny: (throttle: OverriddenThrottle) => boolean
  /** `bucket` as throttles name callers: `user:4fQ…`. */
  readonly find: (throttle: OverriddenThrottle, bucket: string) => OwnLimit | null
  /** Until when an address is refused, by itself or with a range that it is in; `null`: it is not. */
  readonly blockedUntil: (address: string | null) => number | null
}

export function ownLimits(overrides: Pick<ThrottleOverrides, 'live' | 'version'>, clock: () => number): OwnLimits {
  let version = -1
  let byThrottle: ReadonlyMap<string, ReadonlyMap<string, OwnLimit>> = new Map()
  let blocks: readonly Block[] = []
  let isBlocked: AddressRanges | null = null

  /** Put in order once a change, and not once a request. */
  function upToDate(): void {
    if (overrides.version() === version) return
    version = overrides.version()
    const live = overrides.live()
    byThrottle = new Map(
      [...new Set(live.map(({ throttle }) => throttle))].map((throttle) => [
        throttle,
        new Map(live.filter((one) => one.throttle === throttle).map((one) => [one.subject, limitOf(one)])),
      ]),
    )
    blocks = live.filter(isAddressBlock).map(blockOf)
    isBlocked = blocks.length === 0 ? null : createAddressRanges(blocks.map(({ range }) => range))
  }

  return {
    isAny: (throttle) => {
      upToDate()
      return byThrottle.has(throttle)
    },
    find: (throttle, bucket) => {
      upToDate()
      return byThrottle.get(throttle)?.get(bucket) ?? null
    },
    blockedUntil: (address) => {
      upToDate()
      if (isBlocked === null || !isBlocked(address)) return null
      const now = clock()
      const ends = blocks.filter(({ isIn, until }) => until > now && isIn(address)).map(({ until }) => until)
      return ends.length === 0 ? null : Math.max(...ends)
    },
  }
}

interface Block {
  readonly range: string
  readonly isIn: AddressRanges
  readonly until: number
}

function isAddressBlock({ throttle, rate }: ThrottleOverride): boolean {
  return throttle === 'requestsPerAddress' && rate === null
}

function blockOf({ subject, expiresAt }: ThrottleOverride): Block {
  const range = subject.slice('address:'.length)
  return { range, isIn: createAddressRanges([range]), until: expiresAt }
}

function limitOf({ rate, expiresAt }: ThrottleOverride): OwnLimit {
  return { rate, until: expiresAt }
}
