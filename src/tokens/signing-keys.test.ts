import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import { signJws } from '../crypto/jws.ts'
import type { JwsKey } from '../crypto/jws.ts'
import { createJwtVerifier, JwtInvalid } from '../crypto/jwt.ts'
import { createSealer } from '../crypto/seal.ts'
import { onEachDatabase } from './databases.contract.ts'
import type { Stage } from './databases.contract.ts'
import { createReloading } from './reloading.ts'
import { createSigningKeys } from './signing-keys.ts'
import type { RotatingKeys, SigningKeysOptions } from './signing-keys.ts'

const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })
const by = { actor: 'user:admin' }
const minute = 60_000
const day = 24 * 60 * minute

onEachDatabase('createSigningKeys', (stage) => {
  it('makes one set of keys when several nodes start for the first time at once [OP14]', async (test) => {
    const { database, second, clock } = await stage()
    const nodes = await Promise.all(
      Array.from({ length: 6 }, (_, turn) =>
        createSigningKeys({ database: turn % 2 === 0 ? database : second, sealer, clock }),
      ),
    )
    test.after(() => nodes.forEach((node) => node.close()))
    assert.equal(new Set(nodes.map((node) => node.current().kid)).size, 1)
    const rows = await database.read.selectFrom('signing_keys').select(['alg', 'generation']).execute()
    assert.deepEqual(rows, [{ alg: 'EdDSA', generation: 1 }])
  })

  it('signs with each algorithm, and publishes public members only [MD05]', async (test) => {
    const { database, clock } = await stage()
    for (const algorithm of ['EdDSA', 'ES256', 'RS256', 'PS256', 'HS256'] as const) {
      const keys = await createSigningKeys({ database, sealer, clock, algorithm })
      test.after(() => keys.close())
      assert.equal(keys.current().alg, algorithm)
      await verify(keys, token(keys.current()))
    }
    const keys = await createSigningKeys({ database, sealer, clock })
    test.after(() => keys.close())
    const published = keys.jwks().keys
    assert.deepEqual(new Set(published.map(({ alg }) => alg)), new Set(['ES256', 'EdDSA', 'PS256', 'RS256']))
    for (const jwk of published) {
      assert.equal(jwk.use, 'sig')
      assert.equal(typeof jwk.kid, 'string')
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(name in jwk), name)
    }
  })

  it('keeps private keys sealed', async (test) => {
    const { keys, stage: set } = await open(test)
    const row = await set.database.read.selectFrom('signing_keys').selectAll().executeTakeFirstOrThrow()
    const der = keys.current().key.export({ type: 'pkcs8', format: 'der' })
    assert.equal(Buffer.from(row.private_key).includes(Buffer.from(der).subarray(-32)), false)
    assert.deepEqual(Buffer.from(sealer.open('signing-key', row.private_key) ?? ''), der)
    assert.equal(sealer.open('another purpose', row.private_key), null)
    const other = createSealer({ secret: 'another secret with 32 characters or more' })
    await assert.rejects(
      createSigningKeys({ database: set.database, sealer: other, clock: set.clock }),
      /previousSecrets/,
    )
  })

  it('publishes a new key before it signs, and goes on verifying what the old one signed [MD06 B-JWT-17]', async (test) => {
    const { keys, stage: set } = await open(test, { announce: 600, tokenLifetime: 3600 })
    const first = keys.current()
    const old = token(first)
    const next = await keys.rotate({ by })
    assert.equal(next.state, 'next')
    assert.equal(keys.current().kid, first.kid)
    assert.deepEqual(publishedBy(keys), [next.kid, first.kid])

    set.time.now += 10 * minute - 1
    assert.equal(keys.current().kid, first.kid)
    set.time.now += 1
    assert.equal(keys.current().kid, next.kid)
    assert.match(Buffer.from(token(keys.current()).split('.')[0] ?? '', 'base64url').toString(), new RegExp(next.kid))
    await verify(keys, old)
    await verify(keys, token(keys.current()))

    set.time.now += 60 * minute
    await verify(keys, old)
    assert.deepEqual(publishedBy(keys), [next.kid, first.kid])
    set.time.now += minute
    await assert.rejects(verify(keys, old), invalid('key'))
    assert.deepEqual(publishedBy(keys), [next.kid])
    await verify(keys, token(keys.current()))
  })

  it('shows what each key is there for', async (test) => {
    const { keys, stage: set } = await open(test, { announce: 600, tokenLifetime: 3600 })
    const states = async () => (await keys.list()).map(({ generation, state }) => [generation, state])
    assert.deepEqual(await states(), [[1, 'current']])
    await keys.rotate({ by })
    assert.deepEqual(await states(), [
      [2, 'next'],
      [1, 'current'],
    ])
    set.time.now += 10 * minute
    assert.deepEqual(await states(), [
      [2, 'current'],
      [1, 'retiring'],
    ])
    set.time.now += 61 * minute
    assert.deepEqual(await states(), [
      [2, 'current'],
      [1, 'retired'],
    ])
  })

  it('announces one key when several nodes rotate at once', async (test) => {
    const { keys, stage: set } = await open(test)
    const other = await createSigningKeys({ database: set.second, sealer, clock: set.clock })
    test.after(() => other.close())
    const nodes = Array.from({ length: 16 }, (_, turn) => (turn % 2 === 0 ? keys : other))
    const rotated = await Promise.all(nodes.map(async (node) => node.rotate({ by })))
    assert.equal(new Set(rotated.map(({ kid }) => kid)).size, 1)
    assert.equal((await keys.list()).length, 2)
    const events = await set.database.read
      .selectFrom('audit_events')
      .select('actor')
      .where('event', '=', 'signing_key.rotated')
      .execute()
    // Rows of two nodes that were written at once have no order between them.
    assert.deepEqual(events.map(({ actor }) => actor).toSorted(), ['system', 'user:admin'])
  })

  it('lets a new key sign at once where that is asked for, announced before or not', async (test) => {
    const { keys } = await open(test)
    const second = await keys.rotate({ by, now: true })
    assert.equal(keys.current().kid, second.kid)
    const announced = await keys.rotate({ by })
    assert.equal(keys.current().kid, second.kid)
    const third = await keys.rotate({ by, now: true })
    assert.equal(third.kid, announced.kid)
    assert.equal(keys.current().kid, third.kid)
    assert.equal((await keys.list()).length, 3)
  })

  it('finds a key that another node has made since, at its first token', async (test) => {
    const { keys, stage: set } = await open(test)
    const other = await createSigningKeys({ database: set.second, sealer, clock: set.clock })
    test.after(() => other.close())
    await other.rotate({ by, now: true })
    const fresh = token(other.current())
    assert.ok(!publishedBy(keys).includes(other.current().kid))
    await Promise.all(Array.from({ length: 10 }, () => verify(keys, fresh)))
    assert.equal(keys.current().kid, other.current().kid)
  })

  it('refuses made-up kids', async (test) => {
    const { keys } = await open(test)
    for (const kid of [undefined, '', 'x', 'x'.repeat(5000), '__proto__']) {
      assert.equal(await keys.find(kid === undefined ? { alg: 'EdDSA' } : { alg: 'EdDSA', kid }), null)
    }
  })

  it('ends a key at once where it is no longer secret, and tells who remembers its tokens', async (test) => {
    const { keys, stage: set } = await open(test)
    const gone: string[] = []
    keys.onRetired((kid) => gone.push(kid))
    const leaked = keys.current()
    const old = token(leaked)
    await assert.rejects(keys.retire(leaked.kid ?? '', { by }), refused(409, 'conflict'))
    await keys.rotate({ by, now: true })
    await keys.retire(leaked.kid ?? '', { by })
    assert.deepEqual(gone, [leaked.kid])
    await assert.rejects(verify(keys, old), invalid('key'))
    await verify(keys, token(keys.current()))
    await assert.rejects(keys.retire(leaked.kid ?? '', { by }), refused(404, 'not_found'))
    await assert.rejects(keys.retire('nonsense', { by }), refused(404, 'not_found'))
    set.time.now += 400 * day
    await verify(keys, token(keys.current()))
  })

  it('leaves the signing key in place where the announced one is ended, and numbers the next one anew', async (test) => {
    const { keys, stage: set } = await open(test, { announce: 600, tokenLifetime: 60 })
    const first = keys.current()
    const announced = await keys.rotate({ by })
    await keys.retire(announced.kid, { by })
    set.time.now += day
    assert.equal(keys.current().kid, first.kid)
    await verify(keys, token(first))
    const next = await keys.rotate({ by })
    assert.equal(next.generation, 3)
  })

  it('rotates by age, and retires what is over, whenever it starts', async (test) => {
    const { keys, stage: set } = await open(test, { rotateAfter: (90 * day) / 1000, tokenLifetime: 3600 })
    const first = keys.current()
    const restart = async () => {
      const again = await createSigningKeys({ database: set.database, sealer, clock: set.clock, tokenLifetime: 3600 })
      test.after(() => again.close())
      return again
    }
    set.time.now += 90 * day - 1
    assert.deepEqual(publishedBy(await restart()), [first.kid])
    set.time.now += 1
    const due = await restart()
    assert.equal(due.jwks().keys.length, 2)
    assert.equal(due.current().kid, first.kid)
    set.time.now += 10 * minute
    assert.notEqual(due.current().kid, first.kid)
    set.time.now += 61 * minute
    const later = await restart()
    assert.deepEqual(publishedBy(later), [later.current().kid])
    assert.deepEqual(
      (await later.list()).map(({ state }) => state),
      ['current', 'retired'],
    )
  })

  it('goes on with the keys it has while the database is gone', async (test) => {
    const set = await stage()
    let isGone = false
    const database: Stage['database'] = {
      ...set.database,
      get read() {
        if (isGone) throw new Error('gone')
        return set.database.read
      },
    }
    const keys = await createSigningKeys({ database, sealer, clock: set.clock })
    test.after(() => keys.close())
    isGone = true
    await verify(keys, token(keys.current()))
    assert.equal(keys.jwks().keys.length, 1)
    await assert.rejects(keys.find({ alg: 'EdDSA', kid: 'unknown' }), /gone/)
  })

  it('does not start with durations that make no sense', async () => {
    const { database } = await stage()
    const bad: Partial<SigningKeysOptions>[] = [{ announce: 0 }, { tokenLifetime: -1 }, { rotateAfter: Number.NaN }]
    for (const options of bad) await assert.rejects(createSigningKeys({ database, sealer, ...options }), TypeError)
  })

  async function open(
    test: { readonly after: (action: () => void) => void },
    options: Partial<SigningKeysOptions> = {},
  ): Promise<{ readonly keys: RotatingKeys; readonly stage: Stage }> {
    const set = await stage()
    const keys = await createSigningKeys({ database: set.database, sealer, clock: set.clock, ...options })
    test.after(() => keys.close())
    return { keys, stage: set }
  }
})

describe('createReloading', () => {
  it('reloads once for all who lack something, and again for those who come while it reads', async () => {
    const gates: (() => void)[] = []
    let whenBegun: () => void = () => undefined
    const begun = async () => new Promise<void>((resolve) => (whenBegun = resolve))
    const reloading = createReloading({
      pause: 1,
      load: async () => {
        await new Promise<void>((open) => {
          gates.push(open)
          whenBegun()
        })
      },
    })
    const callers = async () => Promise.all(Array.from({ length: 100 }, async () => reloading.soon()))
    const firstBegun = begun()
    const first = callers()
    await firstBegun
    const late = callers()
    const lateBegun = begun()
    gates[0]?.()
    await first
    await lateBegun
    gates[1]?.()
    await late
    assert.equal(gates.length, 2)
  })

  it('tells all who wait that it failed, and reads again for the next one', async () => {
    let isDown = true
    const reloading = createReloading({
      pause: 1,
      load: async () => {
        if (isDown) throw new Error('down')
      },
    })
    await assert.rejects(Promise.all([reloading.soon(), reloading.soon()]), /down/)
    isDown = false
    await reloading.soon()
    await reloading.now()
  })
})

function token(key: JwsKey): string {
  return signJws(key, { typ: 'JWT' }, { sub: 'a', exp: 4_000_000_000 })
}

async function verify(keys: RotatingKeys, text: string): Promise<void> {
  await createJwtVerifier({ keys: keys.find }).verify(text)
}

function publishedBy(keys: RotatingKeys): readonly unknown[] {
  return keys.jwks().keys.map(({ kid }) => kid)
}

function invalid(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof JwtInvalid && error.reason === reason
}

function refused(status: number, code: string): (error: unknown) => boolean {
  return (error) => error instanceof AuthError && error.status === status && error.code === code
}
