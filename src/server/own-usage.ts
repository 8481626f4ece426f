import type { Identity, Principal } from '../core/identity.ts'
import { createFindOwnUsage, type FindOwnUsage, type OwnUsageOptions } from '../oauth/own-usage.ts'
import { throttlesOf } from './door.ts'
import type { Instance } from './instance.ts'

/** How much is used of what somebody has, for the page and for programs. */
export function findOwnUsageOf(instance: Instance): FindOwnUsage {
  return createFindOwnUsage({ ...instance, ...instance.oauth, quotas: createOwnQuotas(instance) })
}

/**
 * What is left of each limit that somebody runs into, by the numbers that the headers of answers have (`RateLimit`), without
 * taking from any.
 */
function createOwnQuotas(
  instance: Pick<Instance, 'settings' | 'counters' | 'failureCounters' | 'clock' | 'ownLimits'>,
): OwnUsageOptions['quotas'] {
  const throttles = throttlesOf(instance).filter(({ stage }) => stage !== 'failure')
  const [early, late] = ['before', 'after'].map((wanted) => throttles.filter(({ stage }) => stage === wanted))

  async function look(some: typeof throttles, identity: Identity | null, address: string | null, of: string) {
    const request = { method: 'GET', url: '/', headers: new Headers() }
    const found = await Promise.all(some.map(async (throttle) => throttle.peek({ request, identity, address })))
    return found.filter((quota) => quota !== null).map((quota) => ({ ...quota, of }))
  }

  return async ({ user, address, accounts, keys }) => {
    const came = (principal: Principal): Identity => ({ via: 'session', principal, auth: null })
    // Each has a bucket of its own, which those without a rate of their own have not.
    const rated = keys.filter(({ rate, revokedAt }) => rate !== null && revokedAt === null)
    const own = (late ?? []).filter(({ name }) => name === 'key')
    const all = await Promise.all([
      look(late ?? [], came(user), address, 'you'),
      look(early ?? [], null, address, `your address ${address ?? ''}`.trim()),
      ...accounts.map(async ({ id, name, scopes, ownerId }) =>
        look(late ?? [], came({ kind: 'service_account', id, name, ownerId, scopes }), address, name),
      ),
      ...rated.map(async ({ id, name, rate }) =>
        look(own, { via: 'apiKey', principal: user, auth: { id, rate } }, address, `the key ${name}`),
      ),
    ])
    return all.flat()
  }
}
