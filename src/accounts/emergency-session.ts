/** What is known of a session that decides it. */
export interface SessionProof {
  readonly amr?: unknown
  /** In milliseconds since 1970. */
  readonly expiresAt?: unknown
}

/** Whether a session was begun by a code for emergencies. */
export function isEmergency({ amr }: SessionProof): boolean {
  return Array.isArray(amr) && amr.includes('break_glass')
}

/**
 * For how many seconds a session lives that takes the place of another, such as after a change of the password: one for an
 * emergency for no longer than it would have, for no second factor was asked for; any other as long as a new one (`undefined`).
 */
export function lifetimeAfter(before: SessionProof, now: number): number | undefined {
  if (!isEmergency(before)) return undefined
  return Math.max(1, (Number(before.expiresAt) - now) / 1000)
}
