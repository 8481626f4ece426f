import assert from 'node:assert/strict'
import { pbkdf2 } from 'node:crypto'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { PasswordVerifier } from './password-hash.ts'
import { createPasswordHasher, PasswordQueueFull } from './password-hash.ts'

/** Cheap, so that the tests are. The defaults are tested by name. */
const cheap = { memoryCost: 7168, timeCost: 1 }

describe('createPasswordHasher', () => {
  it('makes Argon2id hashes with 19 MiB, 2 passes, 1 lane, and a salt of their own [PW06]', async () => {
    const { hash, verify } = createPasswordHasher()
    const stored = await hash('correct horse')
    assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.notEqual(stored, await hash('correct horse'))
    assert.equal(await verify(stored, 'correct horse'), true)
    assert.equal(await verify(stored, 'correct horsE'), false)
  })

  it('takes passwords as they are: with spaces, NUL, emoji, in any normal form, up to 4096 bytes [PW01]', async () => {
    const { hash, verify } = createPasswordHasher(cheap)
    for (const password of [' padded ', 'nul\0inside', '🔑'.repeat(32), 'é', '', 'x'.repeat(4096)]) {
      assert.equal(await verify(await hash(password), password), true, password.slice(0, 12))
    }
    assert.equal(await verify(await hash(' padded '), 'padded'), false)
    assert.equal(await verify(await hash('nul\0inside'), 'nul'), false)
    assert.equal(await verify(await hash('é'), 'e\u0301'), false)
    assert.equal(await verify(await hash('x'.repeat(4096)), 'x'.repeat(4095)), false)
  })

  it('refuses to hash more than 4096 bytes, or half a character, and never takes them for right [PW01]', async () => {
    const { hash, verify } = createPasswordHasher(cheap)
    const stored = await hash('\ufffd')
    for (const password of ['x'.repeat(4097), 'é'.repeat(2049), 'x'.repeat(1_048_576), '\ud83d']) {
      await assert.rejects(hash(password), RangeError)
      assert.equal(await verify(stored, password), false)
    }
  })

  it('answers false where there is no hash, or none it knows, after doing the same work', async () => {
    const { verify, running } = createPasswordHasher(cheap)
    const costly = '$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0c2E$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    const slow = costly.replace('m=4294967295,t=2', 'm=19456,t=4294967295')
    const damaged = [
      '',
      '!',
      'x',
      '$argon2id$',
      '$argon2id$v=19$m=7168,t=1,p=1$c2FsdHNhbHQ',
      '$2b$12$abc',
      '\0',
      costly,
      slow,
    ]
    for (const stored of [null, ...damaged]) {
      const verifying = verify(stored, '')
      // A place in the queue is taken: it is not answered offhand.
      assert.equal(running(), 1, String(stored))
      assert.equal(await verifying, false, String(stored))
    }
  })

  it('verifies hashes of other parameters and kinds of Argon2, and asks for new ones [PW06]', async () => {
    const hasher = createPasswordHasher(cheap)
    const stronger = createPasswordHasher({ memoryCost: 8192, timeCost: 2 })
    const stored = await hasher.hash('secret')
    assert.equal(hasher.needsRehash(stored), false)
    assert.equal(stronger.needsRehash(stored), true)
    assert.equal(await stronger.verify(stored, 'secret'), true)
    assert.equal(hasher.needsRehash(await stronger.hash('secret')), true)

    // From the reference implementation's test.c, version 1.3: "password", "somesalt", 2 passes, 64 MiB, 1 lane.
    const reference = '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA'
    assert.equal(await hasher.verify(reference, 'password'), true)
    assert.equal(await hasher.verify(reference, 'passwore'), false)
    assert.equal(hasher.needsRehash(reference), true)
  })

  it('asks for a new hash of whatever is not Argon2id with its own parameters', async () => {
    const { hash, needsRehash } = createPasswordHasher(cheap)
    const stored = await hash('secret')
    const others = [
      stored.replace('argon2id', 'argon2i'),
      stored.replace('v=19$', ''),
      stored.replace('p=1', 'p=2'),
      stored.replace(/\$[^$]+(\$[^$]+)$/, '$c29tZXNhbHQ$1'),
      stored.slice(0, -4),
      '$2b$12$abcdefghijklmnopqrstuv',
      '',
    ]
    for (const other of others) assert.equal(needsRehash(other), true, other)
  })

  it('verifies foreign formats in the same queue, and asks for new hashes', async () => {
    const stored = `pbkdf2:${(await derive('secret')).toString('hex')}`
    const seen: [number, string][] = []
    const foreign: PasswordVerifier = {
      recognises: (stored) => stored.startsWith('pbkdf2:'),
      verify: async (stored, password) => {
        seen.push([hasher.running(), password])
        return stored === `pbkdf2:${(await derive(password)).toString('hex')}`
      },
    }
    const hasher = createPasswordHasher({ ...cheap, concurrency: 1, verifiers: [foreign] })
    const answers = await Promise.all([hasher.verify(stored, 'secret'), hasher.verify(stored, 'other')])
    assert.deepEqual(answers, [true, false])
    assert.deepEqual(seen, [
      [1, 'secret'],
      [1, 'other'],
    ])
    assert.equal(hasher.needsRehash(stored), true)
    assert.equal(await hasher.verify(stored, 'x'.repeat(5000)), false)
    assert.equal(seen.length, 2)
  })

  it('has whatever is not right take as long as the slowest kind of hash that is there, and computes nothing for that [PW07]', async () => {
    let time = 0
    const waited: number[] = []
    const costs: Readonly<Record<string, number>> = { slow$: 250, quick$: 1, absurd$: 60_000 }
    const verifiers = Object.entries(costs).map(([prefix, cost]) => ({
      recognises: (stored: string) => stored.startsWith(prefix),
      verify: async (stored: string, password: string) => {
        time += cost
        return stored === prefix + password
      },
    }))
    const pause = async (milliseconds: number): Promise<void> => void waited.push(milliseconds)
    const { hash, verify } = createPasswordHasher({ ...cheap, verifiers, now: () => time, pause })
    const own = await hash('right')
    const waitedFor = async (stored: string | null, password = 'wrong'): Promise<readonly number[]> => {
      assert.equal(await verify(stored, password), password === 'right')
      return waited.splice(0)
    }
    assert.deepEqual(await waitedFor(own), [], 'nobody has a hash from elsewhere')
    assert.deepEqual(await waitedFor('slow$right', 'right'), [], 'whoever is right waits for nothing')
    for (const stored of [null, '!', own]) assert.deepEqual(await waitedFor(stored), [250], String(stored))
    assert.deepEqual(await waitedFor('quick$right'), [249])
    assert.deepEqual(await waitedFor('slow$right'), [])
    assert.deepEqual(await waitedFor(own, 'right'), [])
    // One slow day, or a hash that somebody made up, keeps nobody waiting for long.
    assert.deepEqual(await waitedFor('absurd$right'), [])
    assert.deepEqual(await waitedFor(null), [2000])
    for (let n = 0; n < 8; n += 1) await waitedFor('slow$right')
    assert.deepEqual(await waitedFor(null), [250])
  })

  it('rejects with PasswordQueueFull beyond the queue, and serves what it took on', async () => {
    const { hash, verify, waiting, running } = createPasswordHasher({ ...cheap, concurrency: 1, queue: 3 })
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => verify(null, 'x')))
    assert.deepEqual(
      answers.map((answer) => answer.status === 'fulfilled'),
      [true, true, true, true, false, false, false, false, false, false],
    )
    for (const answer of answers.slice(4)) {
      assert.ok(answer.status === 'rejected' && answer.reason instanceof PasswordQueueFull)
    }
    assert.equal(waiting() + running(), 0)
    assert.match(await hash('x'), /^\$argon2id/)
  })

  it('leaves the event loop free while it hashes', async () => {
    const { hash } = createPasswordHasher({ concurrency: 1 })
    let turns = 0
    let next = setImmediate(count)
    function count() {
      turns += 1
      next = setImmediate(count)
    }
    await hash('secret')
    clearImmediate(next)
    assert.ok(turns > 1)
  })

  it('refuses what waits and what comes once it is closed', async () => {
    const { verify, close } = createPasswordHasher({ ...cheap, concurrency: 1 })
    const answers = Promise.allSettled([verify(null, 'x'), verify(null, 'x')])
    await close()
    assert.deepEqual(
      (await answers).map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    await assert.rejects(verify(null, 'x'), PasswordQueueFull)
  })

  it('refuses parameters that are wrong, too weak or ruinous when it is made', () => {
    for (const memoryCost of [0, 1024, 7167, 2 ** 20 + 1, 1e4 + 0.5, Number.NaN]) {
      assert.throws(() => createPasswordHasher({ memoryCost }), /memoryCost/)
    }
    assert.throws(() => createPasswordHasher({ timeCost: 0 }), /timeCost must be a whole number, 1 or more/)
    assert.throws(() => createPasswordHasher({ timeCost: 1e6 }), TypeError)
    assert.throws(() => createPasswordHasher({ parallelism: 65 }), /parallelism/)
    assert.throws(() => createPasswordHasher({ concurrency: 0 }), /concurrency/)
  })
})

const derive = (password: string) => promisify(pbkdf2)(password, 'salt', 1000, 32, 'sha256')
