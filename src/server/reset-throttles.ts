import { accountOf } from '../accounts/password-rows.ts'
import { parseId } from '../storage/id.ts'
import { guessKeys } from '../throttling/guessing.ts'
import type { By } from '../tokens/owner.ts'
import type { Instance } from './instance.ts'

type Stores = Pick<Instance, 'counters' | 'failureCounters' | 'database' | 'lists'>

/** Fills a bucket up, in Redis, in the database or in this process, and says so in the audit log. */
export function resetThrottle({ counters, failureCounters, database }: Stores): (key: string, by: By) => Promise<void> {
  return async (key, by) => {
    await Promise.all([counters.clear(key), failureCounters.clear(key)])
    const event = { ...by, event: 'throttle.reset', subject: `throttle:${key}` }
    await database.write(async (unit) => database.audit(unit, event))
  }
}

/** Forgets what was guessed at an account, so that its owner may try again from anywhere. */
export function unlockUser({ counters, database, lists }: Stores): (userId: string, by: By) => Promise<void> {
  return async (userId, by) => {
    const id = parseId(userId)
    if (id === null) return
    const { account, fromNetworks } = guessKeys(accountOf(id))
    await counters.clear(account)
    await lists.throttleCounters.clear(fromNetworks)
    await database.write(async (unit) =>
      database.audit(unit, { ...by, event: 'user.unlocked', subject: `user:${userId}` }),
    )
  }
}
