import { equalText } from '../crypto/compare.ts'
import { keyedDigest } from '../crypto/digest.ts'
import type { Sealer } from '../crypto/seal.ts'

/**
 * Marks on authorization requests that were sent to the page to sign in: they say since when, so that the request can tell
 * a sign-in that was made for it from one before. Nobody can make one, or move one to another request.
 */
export interface SignInMarks {
  /** A mark that says now. */
  readonly mark: (request: string) => string
  /** What a mark says, in milliseconds since 1970: `null` where it is none of ours, of another request, or a day old. */
  readonly markedAt: (mark: string | undefined, request: string) => number | null
}

export interface SignInMarksOptions {
  readonly sealer: Pick<Sealer, 'derive'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export function createSignInMarks({ sealer, clock = Date.now }: SignInMarksOptions): SignInMarks {
  const key = sealer.derive('authorization requests')
  const made = (time: string, request: string): string =>
    `${time}.${keyedDigest(key, `signs in since ${time} ${request}`).toString('base64url')}`

  return {
    mark: (request) => made(Math.floor(clock()).toString(36), request),
    markedAt: (mark, request) => {
      const [time = ''] = mark?.split('.') ?? []
      if (mark === undefined || !/^[0-9a-z]{1,9}$/.test(time) || !equalText(mark, made(time, request))) return null
      const at = Number.parseInt(time, 36)
      return clock() - at < day ? at : null
    },
  }
}

const day = 86_400_000
