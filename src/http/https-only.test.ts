import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuthRequest } from '../core/request.ts'
import { createHttpsOnly } from './https-only.ts'

describe('createHttpsOnly', () => {
  const check = createHttpsOnly({ trusted: ['10.0.0.0/8'] })
  const refused = { status: 403, code: 'https_required' }

  it('refuses what came to a trusted proxy over plain http, and does not redirect it [HT09]', () => {
    for (const scheme of ['http', 'HTTP', 'https, http', 'http , https']) {
      assert.throws(() => check(request('10.1.2.3', scheme)), refused, scheme)
    }
    check(request('10.1.2.3', 'https'))
    check(request('10.1.2.3', null))
  })

  it('lets nobody else say so: a stranger could shut others out', () => {
    check(request('203.0.113.9', 'http'))
  })
})

function request(address: string, scheme: string | null): AuthRequest {
  const get = (name: string): string | null => (name === 'x-forwarded-proto' ? scheme : null)
  return { method: 'GET', url: '/', headers: { get }, peer: { address } }
}
