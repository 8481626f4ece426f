import { termsStep } from '../accounts/forced-steps.ts'
import type { FindHold } from '../accounts/held-up.ts'
import { type HeldSession, heldSession } from '../factors/held-session.ts'
import { addFactorStep } from '../factors/second-factors.ts'
import type { AccountStores } from './account-stores.ts'

type Stores = Pick<AccountStores, 'factors' | 'byMail'>

/** What holds sessions up here, as the APIs of the consoles tell it. */
export function heldSessionOf({ factors, byMail }: Stores): HeldSession {
  return heldSession({ factors: factors.second, trusted: factors.trusted, terms: byMail.terms })
}

/** The same for pages: what somebody has to do next. */
export function findHoldOf(stores: Stores): FindHold {
  const held = heldSessionOf(stores)
  return async (request, signed) => {
    const by = await held(request, signed)
    if (by === null) return null
    return by.next === addFactorStep ? 'add' : by.next === termsStep ? 'accept' : 'prove'
  }
}
