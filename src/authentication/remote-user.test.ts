import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { createTrustedPeers } from '../http/peers.ts'
import { remoteUser } from './remote-user.ts'

const peers = createTrustedPeers({ addresses: ['10.0.0.0/24', 'unix'] })
const ann: User = { kind: 'user', id: '1', name: 'ann' }
const active = new Map<string, User>([
  ['ann', ann],
  ['zoë', { kind: 'user', id: '2', name: 'zoë' }],
  ['Doe John', { kind: 'user', id: '3', name: 'Doe John' }],
])
const inactive = new Set(['bob'])
const users = { find: async (name: string) => active.get(name) ?? null }
const remote = remoteUser({ peers, users })

describe('remoteUser', () => {
  it('takes the name that a trusted proxy asserts [B-REM-01]', async () => {
    for (const value of ['ann', '  ann\t']) {
      assert.deepEqual(await remote.authenticate(sent(value)), { principal: ann, auth: { name: 'ann' } })
    }
    assert.equal((await remote.authenticate(sent('Doe John')))?.principal.id, '3')
    assert.notEqual(await remote.authenticate(sent('ann', { address: null })), null)
  })

  it('reads names in UTF-8, which arrive as one character a byte', async () => {
    const bytes = Buffer.from('zoë').toString('latin1')
    assert.equal((await remote.authenticate(sent(bytes)))?.principal.id, '2')
  })

  it('makes a stranger of nobody, of someone unknown and of someone inactive [B-REM-02]', async () => {
    for (const value of [null, '', '  ', '(null)', 'nobody', 'bob', '__proto__', "' or 1=1 --"]) {
      assert.equal(await remote.authenticate(sent(value)), null, String(value))
    }
  })

  it('ignores the header from anyone else, and reports it [B-REM-03 AK09]', async () => {
    const reported: AuthRequest[] = []
    const wary = remoteUser({ peers, users, onUntrusted: (request) => reported.push(request) })
    const requests = [
      sent('ann', { address: '10.0.1.1' }),
      sent('ann', { address: '::1' }),
      { ...sent('ann'), peer: undefined },
      sent('ann, ann', { address: '192.0.2.1' }),
    ]
    for (const request of requests) assert.equal(await wary.authenticate(request), null)
    assert.deepEqual(reported, requests)
    await wary.authenticate(sent(null, { address: '192.0.2.1' }))
    assert.equal(reported.length, requests.length)
  })

  it('reads no other spelling of its header [AK09]', async () => {
    for (const name of ['remote_user', 'REMOTE_USER', 'remote-user.', 'x-remote-user', 'http_remote_user']) {
      assert.equal(await remote.authenticate(sent('ann', undefined, name)), null, name)
    }
    for (const header of ['remote_user', 'REMOTE_USER', 'remote-user.', 'remote user', '']) {
      assert.throws(() => remoteUser({ peers, users, header }), { name: 'TypeError', message: /header/ }, header)
    }
  })

  it('reads another header when told to, in any letter case', async () => {
    const forwarded = remoteUser({ peers, users, header: 'X-Forwarded-User' })
    assert.notEqual(await forwarded.authenticate(sent('ann', { address: '10.0.0.1' }, 'x-forwarded-user')), null)
    assert.equal(await forwarded.authenticate(sent('ann')), null)
  })

  it('refuses a header that a trusted proxy sends twice with 400 [B-REM-04 AK09]', async () => {
    for (const value of ['ann, ann', 'ann,bob', 'ann,', ',']) {
      await assert.rejects(remote.authenticate(sent(value)), { status: 400, code: 'invalid_request' }, value)
    }
  })

  it('refuses what is no name with 400', async () => {
    for (const value of [
      'an\u0000n',
      'ann\n',
      'ann\u007f',
      'a'.repeat(1025),
      'zo\u00eb',
      '\u00c2\u0085',
      '\ud800',
      'a\u2028b',
    ]) {
      await assert.rejects(
        remote.authenticate(sent(value)),
        { status: 400, code: 'invalid_request' },
        JSON.stringify(value),
      )
    }
  })

  it('has unknown users made where that is wanted, and none where the name is taken', async () => {
    const made: string[] = []
    const create = async (name: string): Promise<User | null> => {
      made.push(name)
      return inactive.has(name) ? null : { kind: 'user', id: '9', name }
    }
    const open = remoteUser({ peers, users: { ...users, create } })
    assert.equal((await open.authenticate(sent('eve')))?.principal.id, '9')
    assert.equal(await open.authenticate(sent('bob')), null)
    assert.equal((await open.authenticate(sent('ann')))?.principal, ann)
    assert.equal(await open.authenticate(sent('eve', { address: '192.0.2.1' })), null)
    assert.deepEqual(made, ['eve', 'bob'])
  })

  it('is not to be had without trusted peers [AK09]', () => {
    assert.throws(() => remoteUser({ users } as unknown as Parameters<typeof remoteUser>[0]), {
      name: 'TypeError',
      message: /createTrustedPeers/,
    })
  })

  it('has no challenge', () => {
    assert.deepEqual([remote.name, remote.challenge, remote.scheme], ['remoteUser', undefined, undefined])
  })
})

function sent(
  value: string | null,
  peer: AuthRequest['peer'] = { address: '10.0.0.1' },
  header = 'remote-user',
): AuthRequest {
  return { method: 'GET', url: '/', headers: { get: (name) => (name === header ? value : null) }, peer }
}
