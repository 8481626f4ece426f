import type { Sessions } from './sessions.ts'

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

/**
 * Sessions as applications are let in by them: one that was begun by a code for emergencies is none, since what an application is
 * given would outlive it. Whoever comes by one signs in first.
 */
export function ordinarySessions({
  cookieName,
  find,
}: Pick<Sessions, 'cookieName' | 'find'>): Pick<Sessions, 'cookieName' | 'find'> {
  return {
    cookieName,
    find: async (value) => {
      const found = await find(value)
      return found === null || isEmergency(found.auth) ? null : found
    },
  }
}
