import { type HeldSession, heldSession } from '../factors/held-session.ts'
import type { Instance } from './instance.ts'

/** What holds sessions up here: for the pages of the consoles, and for their APIs. */
export function heldSessionOf({ factors, byMail }: Pick<Instance, 'factors' | 'byMail'>): HeldSession {
  return heldSession({ factors: factors.second, trusted: factors.trusted, terms: byMail.terms })
}
