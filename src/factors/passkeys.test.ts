import assert from 'node:assert/strict'
import { constants, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { User } from '../core/identity.ts'
import { createConsumed } from '../storage/consumed.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createChallenges } from './challenges.ts'
import { type CeremonyAt, createPasskeys, type PasskeysOptions } from './passkeys.ts'
import { type SoftPasskey, softPasskey, type SoftPasskeyOptions, type Wrong } from './soft-passkey.contract.ts'

const rpId = 'example.org'
const origin = 'https://id.example.org'
const by = { actor: 'user:ada', address: '198.51.100.7' }
const keys = [randomBytes(32)]
const handleKey = randomBytes(32)
const signIn: CeremonyAt = { ceremony: 'sign in', binding: 'a browser', userId: null }

onEachDatabase('createPasskeys', (stage) => {
  async function open(options: Partial<PasskeysOptions> = {}) {
    const here = await stage()
    const { database, second, clock } = here
    const on = (store: typeof database) => {
      const challenges = createChallenges({ keys, clock, consumed: createConsumed({ database: store, clock }) })
      return createPasskeys({ database: store, challenges, handleKey, rpId, origins: [origin], clock, ...options })
    }
    const passkeys = on(database)
    const person = async (username: string): Promise<User> => {
      const { id } = await here.addUser({ username })
      return { kind: 'user', id: formatId(id), name: username, permissions: new Set() }
    }
    async function added(user: User, made: Partial<SoftPasskeyOptions> = {}): Promise<SoftPasskey> {
      const soft = softPasskey({ rpId, origin, ...made })
      const answer = soft.create(await passkeys.creation(user, 'a session'))
      await passkeys.register({ user, binding: 'a session', answer, by })
      return soft
    }
    const events = async () =>
      (
        await database.read.selectFrom('audit_events').select(['event', 'detail', 'subject']).orderBy('id').execute()
      ).filter(({ event }) => event.startsWith('passkey.'))
    return { ...here, passkeys, others: on(second), person, added, events, ada: await person('ada') }
  }

  describe('registers', () => {
    it('what a browser made, with each algorithm that was asked for [B-MFA-05]', async () => {
      const { passkeys, ada, time } = await open()
      for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
        const soft = softPasskey({ rpId, origin, algorithm, isSynced: true })
        const asked = await passkeys.creation(ada, 'a session')
        assert.ok(asked.pubKeyCredParams.length === 3 && asked.attestation === 'none')
        const passkey = await passkeys.register({ user: ada, binding: 'a session', answer: soft.create(asked), by })
        assert.deepEqual(passkey, {
          id: passkey.id,
          name: 'Synced passkey',
          maker: null,
          isSynced: true,
          rpId,
          isUsable: true,
          createdAt: time.now,
          lastUsedAt: null,
        })
        assert.equal((await passkeys.prove(soft.get(await passkeys.request(signIn)), signIn, by)).user.name, 'ada')
      }
      assert.equal((await passkeys.list(ada.id)).length, 3)
      const excluded = (await passkeys.creation(ada, 'a session')).excludeCredentials ?? []
      assert.equal(excluded.length, 3)
    })

    it('under a handle that tells nothing of the user and stays the same', async () => {
      const { passkeys, ada, person } = await open()
      const handle = async (user: User) => (await passkeys.creation(user, 'x')).user.id
      assert.equal(await handle(ada), await handle(ada))
      assert.notEqual(await handle(ada), await handle(await person('eve')))
      assert.equal(Buffer.from(await handle(ada), 'base64url').length, 32)
    })

    const faults: Readonly<Record<string, Wrong>> = {
      'the type of a proof [WA02]': { type: 'webauthn.get' },
      'a challenge of its own [WA01 WA02]': { challenge: randomBytes(54).toString('base64url') },
      'another origin [WA02]': { origin: 'https://evil.example' },
      'an origin below ours [WA02]': { origin: 'https://x.id.example.org' },
      'our origin over http [WA02]': { origin: 'http://id.example.org' },
      'our origin with a port [WA02]': { origin: `${origin}:8443` },
      'a frame of another site [WA02]': { crossOrigin: true },
      'a page above it [WA02]': { topOrigin: 'https://evil.example' },
      'another RP [WA03]': { rpId: 'evil.example' },
      'nobody who was present [WA03]': { isPresent: false },
    }
    for (const [name, wrong] of Object.entries(faults)) {
      it(`nothing with ${name}`, async () => {
        const { passkeys, ada } = await open()
        const answer = softPasskey({ rpId, origin }).create(await passkeys.creation(ada, 'a session'), wrong)
        await assert.rejects(passkeys.register({ user: ada, binding: 'a session', answer, by }), {
          status: 400,
          code: 'invalid',
        })
        assert.deepEqual(await passkeys.list(ada.id), [])
      })
    }

    it('nothing with an algorithm that was not asked for [WA04]', async () => {
      const { passkeys, ada } = await open()
      const answer = softPasskey({ rpId, origin, algorithm: 'ES384' }).create(await passkeys.creation(ada, 'a session'))
      await assert.rejects(passkeys.register({ user: ada, binding: 'a session', answer, by }), { status: 400 })
    })

    it('nothing for another session, user or ceremony [WA01]', async () => {
      const { passkeys, ada, person } = await open()
      const eve = await person('eve')
      const answer = async () => softPasskey({ rpId, origin }).create(await passkeys.creation(ada, 'a session'))
      await assert.rejects(passkeys.register({ user: ada, binding: 'other', answer: await answer(), by }), {
        status: 400,
      })
      await assert.rejects(passkeys.register({ user: eve, binding: 'a session', answer: await answer(), by }), {
        status: 400,
      })
      const { challenge } = await passkeys.request({ ceremony: 'confirmation', binding: 'a session', userId: ada.id })
      const asked = { challenge, user: { id: 'x' } }
      const other = softPasskey({ rpId, origin }).create(asked)
      await assert.rejects(passkeys.register({ user: ada, binding: 'a session', answer: other, by }), { status: 400 })
    })

    it('nothing after five minutes [WA01]', async () => {
      const { passkeys, ada, time } = await open()
      const answer = softPasskey({ rpId, origin }).create(await passkeys.creation(ada, 'a session'))
      time.now += 300_000
      await assert.rejects(passkeys.register({ user: ada, binding: 'a session', answer, by }), { status: 400 })
    })

    it('no id twice, for the same user or another [WA05]', async () => {
      const { passkeys, added, ada, person } = await open()
      const { id } = await added(ada)
      for (const user of [ada, await person('eve')]) {
        const answer = softPasskey({ rpId, origin, id }).create(await passkeys.creation(user, 'a session'))
        await assert.rejects(passkeys.register({ user, binding: 'a session', answer, by }), {
          status: 409,
          code: 'conflict',
        })
      }
    })

    it('an id of 1,023 bytes and none that is longer [WA05]', async () => {
      const { passkeys, added, ada } = await open()
      await added(ada, { id: randomBytes(1023) })
      const soft = softPasskey({ rpId, origin, id: randomBytes(1024) })
      const answer = soft.create(await passkeys.creation(ada, 'a session'))
      await assert.rejects(passkeys.register({ user: ada, binding: 'a session', answer, by }), { status: 400 })
    })

    it('one answer once, of 50 at once on two nodes [WA01 B-MFA-06]', async () => {
      const { passkeys, others, ada } = await open()
      const answer = softPasskey({ rpId, origin }).create(await passkeys.creation(ada, 'a session'))
      const all = await Promise.allSettled(
        Array.from({ length: 50 }, async (_, index) =>
          (index % 2 === 0 ? passkeys : others).register({ user: ada, binding: 'a session', answer, by }),
        ),
      )
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
      assert.equal((await passkeys.list(ada.id)).length, 1)
    })
  })

  describe('lets in', () => {
    it('without a name, by a passkey that knows its user [WA13]', async () => {
      const { passkeys, added, ada, time } = await open()
      const soft = await added(ada, { isSynced: true })
      time.now += 1000
      const proof = await passkeys.prove(soft.get(await passkeys.request(signIn)), signIn, by)
      const [passkey] = await passkeys.list(ada.id)
      assert.deepEqual([proof.user.id, proof.passkey, proof.amr], [ada.id, passkey?.id, ['swk', 'mfa']])
      assert.equal(passkey?.lastUsedAt, time.now)
    })

    it('everybody after the same question, so that it tells nothing of who is there [WA13]', async () => {
      const { passkeys, added, ada } = await open()
      const before = await passkeys.request(signIn)
      await added(ada)
      const after = await passkeys.request(signIn)
      assert.deepEqual({ ...after, challenge: '' }, { ...before, challenge: '' })
      assert.deepEqual(after.allowCredentials, [])
      assert.ok(Buffer.from(after.challenge, 'base64url').length >= 16)
      assert.notEqual(after.challenge, before.challenge)
    })

    it('as a second factor whose device did not ask who it is, and says so', async () => {
      const { passkeys, added, ada } = await open()
      const soft = await added(ada, { verifiesUser: false })
      const at: CeremonyAt = { ceremony: 'second factor', binding: 'pending', userId: ada.id }
      const asked = await passkeys.request(at)
      assert.deepEqual(asked.allowCredentials, [
        { id: soft.id.toString('base64url'), transports: ['internal', 'hybrid'], type: 'public-key' },
      ])
      const proof = await passkeys.prove(soft.get(asked, { userHandle: null }), at, by)
      assert.deepEqual(proof.amr, ['hwk'])
      await assert.rejects(passkeys.prove(soft.get(await passkeys.request(signIn)), signIn, by), { status: 401 })
    })

    const faults: Readonly<Record<string, Wrong>> = {
      'the type of a registration [WA02]': { type: 'webauthn.create' },
      'a challenge of its own [WA01 WA02]': { challenge: randomBytes(54).toString('base64url') },
      'another origin [WA02]': { origin: 'https://evil.example' },
      'another RP [WA03]': { rpId: 'evil.example' },
      'nobody who was present [WA03]': { isPresent: false },
      'nobody who was asked who they are [WA03]': { isVerified: false },
      'no user handle [WA06]': { userHandle: null },
      'the handle of another user [WA06]': { userHandle: randomBytes(32).toString('base64url') },
      'a signature with a byte changed [WA07]': { signature: flipped },
      'a signature of nothing [WA07]': { signature: () => Buffer.alloc(0) },
      'an ECDSA signature whose r and s are 0 [WA07]': { signature: () => Buffer.from('3006020100020100', 'hex') },
      'a signature that is no DER [WA07]': { signature: () => randomBytes(64) },
      'a signature over other client data [WA07]': { signs: Buffer.from('{}') },
      'another claim to be synced': { isSynced: true },
    }
    for (const [name, wrong] of Object.entries(faults)) {
      it(`nobody with ${name}`, async () => {
        const { passkeys, added, ada, events } = await open()
        const soft = await added(ada)
        const error = await passkeys.prove(soft.get(await passkeys.request(signIn), wrong), signIn, by).then(
          () => assert.fail('It was taken.'),
          (refused: unknown) => refused as { status: number; code: string },
        )
        // An empty text is no base64url of anything.
        assert.deepEqual(
          [error.status, error.code],
          name.includes('of nothing') ? [400, 'invalid'] : [401, 'authentication_failed'],
        )
        assert.ok(!(await events()).some(({ event }) => event === 'passkey.used'))
      })
    }

    it('nobody in a frame of another site [WA02]', async () => {
      const { passkeys, added, ada } = await open()
      const soft = await added(ada)
      for (const wrong of [{ crossOrigin: true }, { topOrigin: 'https://evil.example' }]) {
        await assert.rejects(passkeys.prove(soft.get(await passkeys.request(signIn), wrong), signIn, by), {
          status: 400,
        })
      }
    })

    it('nobody with an RSA signature of another padding, nor an Ed25519 one that was changed [WA07]', async () => {
      const { passkeys, added, ada } = await open()
      const rsa = await added(ada, { algorithm: 'RS256' })
      const padded = rsa.get(await passkeys.request(signIn), { padding: constants.RSA_PKCS1_PSS_PADDING })
      await assert.rejects(passkeys.prove(padded, signIn, by), { status: 401 })
      const edwards = await added(ada, { algorithm: 'EdDSA' })
      const changed = edwards.get(await passkeys.request(signIn), { signature: flipped })
      await assert.rejects(passkeys.prove(changed, signIn, by), { status: 401 })
    })

    it('whoever signs with a high s as well, as authenticators may [WA07]', async () => {
      const { passkeys, added, ada } = await open()
      const soft = await added(ada)
      const answer = soft.get(await passkeys.request(signIn), { signature: otherS })
      assert.equal((await passkeys.prove(answer, signIn, by)).user.id, ada.id)
    })

    it('nobody by the passkey of another user than the one who is asked [WA06]', async () => {
      const { passkeys, added, ada, person } = await open()
      const eve = await person('eve')
      const soft = await added(eve)
      const at: CeremonyAt = { ceremony: 'second factor', binding: 'pending', userId: ada.id }
      await assert.rejects(passkeys.prove(soft.get(await passkeys.request(at)), at, by), { status: 401 })
    })

    it('nobody with an answer for another browser, ceremony or user [WA01]', async () => {
      const { passkeys, added, ada } = await open()
      const soft = await added(ada)
      const second: CeremonyAt = { ceremony: 'second factor', binding: 'a browser', userId: ada.id }
      const answer = async (at: CeremonyAt) => soft.get(await passkeys.request(at))
      await assert.rejects(passkeys.prove(await answer(signIn), { ...signIn, binding: 'other' }, by), { status: 401 })
      await assert.rejects(passkeys.prove(await answer(signIn), second, by), { status: 401 })
      await assert.rejects(passkeys.prove(await answer(second), signIn, by), { status: 401 })
      await assert.rejects(passkeys.prove(await answer(second), { ...second, ceremony: 'confirmation' }, by), {
        status: 401,
      })
    })

    it('nobody after five minutes [WA01]', async () => {
      const { passkeys, added, ada, time } = await open()
      const soft = await added(ada)
      const answer = soft.get(await passkeys.request(signIn))
      time.now += 300_000
      await assert.rejects(passkeys.prove(answer, signIn, by), { status: 401 })
    })

    it('one of 50 at once with one answer, on two nodes, and nobody with it later [WA01 B-MFA-06]', async () => {
      const { passkeys, others, added, ada } = await open()
      const soft = await added(ada)
      const answer = soft.get(await passkeys.request(signIn))
      const all = await Promise.allSettled(
        Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? passkeys : others).prove(answer, signIn, by)),
      )
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
      await assert.rejects(passkeys.prove(answer, signIn, by), { status: 401 })
    })

    it('nobody whose account is switched off, and nobody who is not there [B-MFA-06]', async () => {
      const { passkeys, added, ada, setUser, database } = await open()
      const soft = await added(ada)
      const { user_id: id } = await database.read.selectFrom('passkeys').select('user_id').executeTakeFirstOrThrow()
      await setUser(id, { is_active: 0 })
      const stranger = softPasskey({ rpId, origin })
      const answers = [
        soft.get(await passkeys.request(signIn)),
        stranger.get(await passkeys.request(signIn), { userHandle: 'eA' }),
      ]
      const refusals = await Promise.all(
        answers.map(async (answer) => passkeys.prove(answer, signIn, by).catch((error: unknown) => String(error))),
      )
      assert.equal(refusals[0], refusals[1])
    })

    it('nobody with what is no answer of a browser [B-MFA-06]', async () => {
      const { passkeys, added, ada } = await open()
      const soft = await added(ada)
      const good = soft.get(await passkeys.request(signIn))
      const { response } = good
      const bad: readonly unknown[] = [
        null,
        'x',
        [],
        {},
        { ...good, id: '!!!' },
        { ...good, rawId: 'eA' },
        { ...good, type: 'password' },
        { ...good, response: null },
        { ...good, response: { ...response, signature: 'not base64 !' } },
        { ...good, response: { ...response, signature: `${response.signature}=` } },
        { ...good, response: { ...response, clientDataJSON: Buffer.from('{').toString('base64url') } },
        { ...good, response: { ...response, clientDataJSON: Buffer.from('[]').toString('base64url') } },
        { ...good, response: { ...response, clientDataJSON: Buffer.from('{"type":1}').toString('base64url') } },
        { ...good, response: { ...response, authenticatorData: 5 } },
        { ...good, response: { ...response, userHandle: 5 } },
        { ...good, response: { ...response, clientDataJSON: 'A'.repeat(70_000) } },
      ]
      for (const answer of bad) {
        await assert.rejects(
          passkeys.prove(answer, signIn, by),
          { status: 400, code: 'invalid' },
          JSON.stringify(answer),
        )
        await assert.rejects(passkeys.register({ user: ada, binding: 'x', answer, by }), {
          status: 400,
          code: 'invalid',
        })
      }
      // Bytes that are none of a parsed form are refused like a wrong signature.
      const short = { ...good, response: { ...response, authenticatorData: 'AAAA' } }
      await assert.rejects(passkeys.prove(short, signIn, by), { status: 401 })
    })
  })

  describe('counts signatures', () => {
    it('and takes each count once [WA08]', async () => {
      const { passkeys, added, ada, database } = await open()
      const soft = await added(ada, { counts: true })
      for (const count of [1, 2, 9]) {
        const answer = soft.get(await passkeys.request(signIn), { count })
        assert.equal((await passkeys.prove(answer, signIn, by)).user.id, ada.id)
        const row = await database.read.selectFrom('passkeys').select('sign_count').executeTakeFirstOrThrow()
        assert.equal(row.sign_count, count)
      }
    })

    it('and refuses one that did not go up, which the audit log has [WA08]', async () => {
      const { passkeys, added, ada, events } = await open()
      const soft = await added(ada, { counts: true })
      const use = async (count: number) =>
        passkeys.prove(soft.get(await passkeys.request(signIn), { count }), signIn, by)
      await use(5)
      for (const count of [5, 4, 0]) await assert.rejects(use(count), { status: 401 })
      const flagged = (await events()).filter(({ event }) => event === 'passkey.count_not_raised')
      assert.deepEqual(
        flagged.map(({ detail }) => JSON.parse(detail) as unknown),
        [5, 4, 0].map((given) => ({ stored: 5, given, policy: 'refuse', name: 'This device' })),
      )
      assert.equal((await use(6)).user.id, ada.id)
    })

    it('and only says so where that is the policy [WA08]', async () => {
      const { passkeys, added, ada, events } = await open({ onSignCount: 'flag' })
      const soft = await added(ada, { counts: true })
      const use = async (count: number) =>
        passkeys.prove(soft.get(await passkeys.request(signIn), { count }), signIn, by)
      await use(5)
      assert.equal((await use(4)).user.id, ada.id)
      assert.ok(
        (await events()).some(({ event, detail }) => event === 'passkey.count_not_raised' && detail.includes('flag')),
      )
    })
  })

  describe('lets owners', () => {
    it('rename theirs, and nobody else’s [B-MFA-05]', async () => {
      const { passkeys, added, ada, person } = await open()
      await added(ada)
      const [passkey] = await passkeys.list(ada.id)
      const id = passkey?.id ?? ''
      assert.equal(await passkeys.rename(ada.id, id, 'My phone', by), true)
      assert.equal((await passkeys.list(ada.id))[0]?.name, 'My phone')
      const eve = await person('eve')
      assert.equal(await passkeys.rename(eve.id, id, 'Mine', by), false)
      assert.equal(await passkeys.rename(ada.id, 'no id', 'Mine', by), false)
    })

    it('remove theirs, and nobody else’s; it signs nobody in any more [B-MFA-05]', async () => {
      const { passkeys, added, ada, person, database, events } = await open()
      const soft = await added(ada)
      const eve = await person('eve')
      const [passkey] = await passkeys.list(ada.id)
      const rows = await database.read.selectFrom('users').select(['id', 'username']).execute()
      const numberOf = (name: string) => rows.find(({ username }) => username === name)?.id ?? 0n
      const remove = async (name: string) =>
        database.write(async (unit) => passkeys.remove(unit, numberOf(name), passkey?.id ?? '', by))
      assert.equal(await remove(eve.name), null)
      assert.equal((await remove(ada.name))?.name, 'This device')
      assert.equal(await remove(ada.name), null)
      await assert.rejects(passkeys.prove(soft.get(await passkeys.request(signIn)), signIn, by), { status: 401 })
      assert.deepEqual(
        (await events()).map(({ event }) => event),
        ['passkey.added', 'passkey.removed', 'passkey.failed'],
      )
    })
  })
})

function flipped(signature: Buffer): Buffer {
  const changed = Buffer.from(signature)
  const last = changed.length - 1
  changed[last] = (changed[last] ?? 0) ^ 1
  return changed
}

/** The other signature of the two that ECDSA has for one message: with the order of P-256 minus s. */
function otherS(der: Buffer): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const first = 2 + (der[3] ?? 0) + 2
  const r = der.subarray(2, first)
  const s = BigInt(`0x${der.subarray(first + 2).toString('hex')}`)
  const hex = (order - s).toString(16).padStart(64, '0')
  const bytes = Buffer.from(hex, 'hex')
  const positive = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
  const body = Buffer.concat([r, Buffer.of(2, positive.length), positive])
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}
