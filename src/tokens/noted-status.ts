import type { KeyUse } from './key-usage-rows.ts'

/**
 * Keeps a use of a key with the request that it came in, so that the answer can be noted there before both are written down. As a
 * property: see `attemptOf`.
 */
export function rememberUse(request: object, use: KeyUse): void {
  ;(request as Remembering)[noted] = use
}

/** Notes what a request was answered with; nothing for one that came without a key. What is answered later than that is written down is not known. */
export function noteStatus(request: object, status: number): void {
  const use = (request as Remembering)[noted]
  if (use !== undefined) use.status = status
}

const noted = Symbol('doorward.key-use')

interface Remembering {
  [noted]?: KeyUse
}
