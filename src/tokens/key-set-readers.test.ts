import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachDatabase } from './databases.contract.ts'
import { createKeySetReaders, type KeySetRequest } from './key-set-readers.ts'

function asked(
  address: string | null,
  headers: Readonly<Record<string, string>> = {},
  url = '/o/jwks.json',
): KeySetRequest {
  return { url, address, headers: new Headers({ 'user-agent': 'node', ...headers }) }
}

onEachDatabase('createKeySetReaders', (stage) => {
  it('tells who fetched the keys, when last and how often, by what they call themselves, network and program', async () => {
    const { database, clock, time } = await stage()
    const readers = createKeySetReaders({ database, clock })
    const [first, later] = [time.now, time.now + 60_000]
    readers.note(asked('203.0.113.7'))
    readers.note(asked('2001:db8::1', { 'user-agent': 'python-requests/2.32 (Linux)' }, '/o/jwks.json?backend=billing'))
    await readers.flush()
    time.now = later
    readers.note(asked('203.0.113.7'))
    readers.note(asked('203.0.113.7'))
    await readers.flush()
    assert.deepEqual(await readers.list(), [
      { name: '', network: '203.0.113.7', program: 'node', firstAt: first, lastAt: later, reads: 3 },
      {
        name: 'billing',
        network: '2001:db8::/64',
        program: 'python-requests/2.32',
        firstAt: first,
        lastAt: first,
        reads: 1,
      },
    ])
    await readers.close()
  })

  it('keeps no address of people, whose browsers fetch them for scripts', async () => {
    const { database, clock } = await stage()
    const readers = createKeySetReaders({ database, clock })
    for (const headers of [
      { origin: 'https://app.example' },
      { 'sec-fetch-site': 'same-origin' },
      { referer: 'https://app.example/' },
    ]) {
      readers.note(asked('203.0.113.7', headers))
    }
    await readers.flush()
    assert.deepEqual(await readers.list(), [])
    await readers.close()
  })

  it('takes whatever a stranger sends, and keeps little of it', async () => {
    const { database, clock } = await stage()
    const readers = createKeySetReaders({ database, clock })
    readers.note(
      asked(null, { 'user-agent': `${'x'.repeat(5000)} y` }, `/o/jwks.json?backend=${'%00ü<b>'.repeat(900)}`),
    )
    readers.note(asked('nonsense', { 'user-agent': '' }, '/o/jwks.json?backend&backend=%'))
    await readers.flush()
    for (const { name, network, program } of await readers.list()) {
      assert.match(name + network + program, /^[\x21-\x7e]{0,180}$/)
    }
    assert.equal((await readers.list()).length, 2)
    await readers.close()
  })

  it('has room for so many, and lets whoever came often stay when a crowd comes once', async () => {
    const { database, clock, time } = await stage()
    const readers = createKeySetReaders({ database, clock, most: 20 })
    for (let turn = 0; turn < 11; turn += 1) readers.note(asked('203.0.113.7'))
    await readers.flush()
    for (let crowd = 0; crowd < 5; crowd += 1) {
      time.now += 1000
      for (let turn = 0; turn < 50; turn += 1) readers.note(asked(`198.51.${crowd}.${turn}`))
      await readers.flush()
    }
    const all = await readers.list()
    assert.equal(all.length, 20)
    assert.ok(all.some(({ network }) => network === '203.0.113.7'))
    await readers.close()
  })

  it('adds up what several processes count at once', async () => {
    const { database, second, clock } = await stage()
    const both = [database, second].map((one) => createKeySetReaders({ database: one, clock }))
    for (const readers of both) for (let turn = 0; turn < 5; turn += 1) readers.note(asked('203.0.113.7'))
    await Promise.all(both.map(async (readers) => readers.flush()))
    assert.deepEqual(
      (await both[0]?.list())?.map(({ reads }) => reads),
      [10],
    )
    await Promise.all(both.map(async (readers) => readers.close()))
  })
})
