import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { person } from '../../screens/person.contract.ts'
import { openConsole } from '../console.contract.ts'
import { bucketWords } from './bucket-words.ts'

const limits = [
  { what: 'Requests of an address', setting: 'requestsPerAddress', rate: null, prefix: 'address' },
  { what: 'Failed requests of an address', setting: 'failuresPerAddress', rate: null, prefix: 'failures' },
]

describe('the names of buckets (A23)', () => {
  it('are told as the rule, and whom it counts', () => {
    const told = (key: string): string => {
      const { rule, subject, text } = bucketWords(key, limits)
      return `${rule}: ${[subject, text].filter(Boolean).join(', ')}`
    }
    for (const [key, words] of [
      ['address/100:60:address:192.0.2.1', 'Requests of an address: 192.0.2.1'],
      ['address:own:5/60:address:2001:db8::/64', 'Requests of an address: 2001:db8::/64'],
      ['failures/300:60:address:unknown', 'Failed requests of an address: callers whose address is not known'],
      ['principal:60:user:4fQ', 'principal: user:4fQ'],
      ['key:own:100/60:apiKey:4fQ', 'Requests with an API key: api_key:4fQ'],
      ['organisation:60:organisation:4fQ', 'Requests for an organisation: organisation:4fQ'],
      ['guess.account:user:4fQ', 'Wrong passwords for an account: user:4fQ'],
      [
        'guess.pair:user:4fQ:address:192.0.2.1',
        'Wrong passwords for an account from one network: user:4fQ, from 192.0.2.1',
      ],
      [
        'guess.pair:xX_-0:address:2001:db8::/64',
        'Wrong passwords for an account from one network: a name that is nobody’s, or a second factor, from 2001:db8::/64',
      ],
      ['guess.network:own:5/min:address:192.0.2.1', 'Wrong passwords from a network: 192.0.2.1'],
      ['guess.network:address:192.0.2.1', 'Wrong passwords from a network: 192.0.2.1'],
      ['mail.network:address:192.0.2.1', 'Mail that is asked for from a network: 192.0.2.1'],
      ['mail.account:xX0', 'Mail that is asked for to an account: an address that is kept as a digest'],
      ['oauth.user-code.network:192.0.2.1', 'Wrong device codes from a network: 192.0.2.1'],
      ['uploads:3600:#xX0', 'uploads: a caller whose name is too long to be kept'],
      ['<script>', ': '],
    ] as const) {
      assert.equal(told(key), words, key)
    }
  })

  it('stand in the console with whose they are, failures of this process among them, and are filled up there', async () => {
    await using at = await openConsole({ settings: { failuresPerAddress: '50/hour' } })
    const refused = { headers: { authorization: 'Token 0123456789012345678901234567890123456789' } }
    const ask = async (): Promise<number> => (await fetch(`${at.base}/api/account/sessions/`, refused)).status
    await person(at.base).signIn('ada', 'a wrong password')
    for (let turn = 0; turn < 3; turn += 1) assert.equal(await ask(), 401)
    const page = await at.root.get('/admin/throttles/')
    assert.match(
      page.text,
      /Wrong passwords for an account from one network[^]*?href="\/admin\/users\/[^"]+"><bdi>ada<\/bdi>/,
    )
    assert.match(page.text, /Failed requests of an address[^]*?in this process alone[^]*?127\.0\.0\.1/)
    const key = /value="(failures[^"]+)"/.exec(page.text)?.[1] ?? ''
    const headers = { ...(await at.doorward.as(at.rootUser)), 'content-type': 'application/json', origin: at.base }
    const listed = await fetch(`${at.base}/api/admin/throttles/?prefix=failures`, { headers })
    const { counters } = (await listed.json()) as { readonly counters: readonly Record<string, unknown>[] }
    assert.deepEqual(
      counters.map(({ key: name, is_local: isLocal, of }) => [name, isLocal, of]),
      [[key, true, '127.0.0.1']],
    )
    await at.root.submit(await at.root.get('/admin/throttles/?prefix=failures'), 'reset', { key })
    const { failureCounters, clock } = at.doorward.instance
    assert.deepEqual(failureCounters.list('failures', clock(), 10), [])
  })
})
