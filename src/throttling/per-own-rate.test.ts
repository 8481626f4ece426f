import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAuth } from '../core/auth.ts'
import type { Authenticator } from '../core/authenticator.ts'
import { Throttled } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Counters } from './counters.ts'
import { memoryCounters } from './memory-counters.ts'
import { perOwnRate } from './per-own-rate.ts'

describe('perOwnRate', () => {
  it('limits each key by the rate of its own, and says so in the headers', async () => {
    const auth = createAuth({ authenticators: [keys], throttles: [perOwnRate({ clock: () => 0 })] })
    const request = from('slow')
    await auth.require(request)
    assert.deepEqual(Object.fromEntries(auth.headers(request)), {
      'ratelimit-policy': '"key";q=2;w=60',
      ratelimit: '"key";r=1;t=30',
      'ratelimit-limit': '2',
      'ratelimit-remaining': '1',
      'ratelimit-reset': '30',
    })
    await auth.require(from('slow'))
    await assert.rejects(auth.require(from('slow')), Throttled)
    // Another key of the same person has a bucket of its own.
    await auth.require(from('other'))
  })

  it('asks no counter about keys without one, other credentials, and strangers', async () => {
    const asked: string[] = []
    const counters: Counters = {
      ...memoryCounters(),
      take: async (key) => Promise.reject(new Error((asked.push(key), key))),
    }
    const auth = createAuth({ authenticators: [keys], throttles: [perOwnRate({ counters })] })
    for (const [name, door] of [
      ['free', auth],
      // Where another authenticator gives a rate of that name, it is none of a key.
      ['slow', createAuth({ authenticators: [{ ...keys, name: 'token' }], throttles: [perOwnRate({ counters })] })],
    ] as const) {
      const request = from(name)
      await door.require(request)
      assert.deepEqual(door.headers(request), [])
    }
    await auth.allow(from(''), async () => true)
    assert.deepEqual(asked, [])
    await assert.rejects(auth.require(from('slow')))
    assert.equal(asked.length, 1)
  })
})

const rates: Readonly<Record<string, string | null>> = { slow: '2/min', other: '2/min', free: null }
const ada: User = { kind: 'user', id: 'ada', name: 'ada' }

const keys: Authenticator<string, User, { readonly id: string; readonly rate: string | null }> = {
  name: 'apiKey',
  authenticate: async ({ headers }) => {
    const name = headers.get('x-api-key') ?? ''
    return name in rates ? { principal: ada, auth: { id: name, rate: rates[name] ?? null } } : null
  },
}

function from(name: string) {
  return { method: 'GET', url: '/', headers: new Headers({ 'x-api-key': name }) }
}
