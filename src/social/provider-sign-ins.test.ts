import assert from 'node:assert/strict'
import { it } from 'node:test'
import { digest } from '../crypto/digest.ts'
import { randomBase62 } from '../crypto/random.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createAppSignIns } from './app-sign-ins.ts'
import type { BrowserMark } from './browser-mark.ts'
import { createPendingLinks } from './pending-links.ts'
import { challengeOf } from './code-challenge.ts'
import { createProviderSignIns, type SignInWish } from './provider-sign-ins.ts'
import { foreignIdentity } from './identity.contract.ts'

const wish: SignInWish = { purpose: 'sign_in', next: '/x/', isFresh: false, app: null }

function mark(): BrowserMark {
  const value = randomBase62(43)
  return { value, digest: digest(value) }
}

const identity = foreignIdentity()

onEachDatabase('what is used once', (stage) => {
  it('is a state: of fifty callbacks at once, on two nodes, one gets the sign-in [RP01 B-SOC-01]', async () => {
    const { database, second, clock } = await stage()
    const [one, two] = [createProviderSignIns({ database, clock }), createProviderSignIns({ database: second, clock })]
    const browser = mark()
    const { state, nonce, verifier } = await one.begin({ browser, provider: 'acme' }, wish)
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        (index % 2 === 0 ? one : two).take(state, [mark(), browser], 'acme'),
      ),
    )
    const got = all.filter((returned) => returned !== null)
    assert.equal(got.length, 1)
    assert.deepEqual([got[0]?.nonce, got[0]?.verifier, got[0]?.next], [nonce, verifier, '/x/'])
    assert.equal(await one.take(state, [browser], 'acme'), null)
  })

  it('is not used up by another browser or at another provider [RP02]', async () => {
    const { database, clock } = await stage()
    const signIns = createProviderSignIns({ database, clock })
    const browser = mark()
    const { state } = await signIns.begin({ browser, provider: 'acme' }, wish)
    assert.equal(await signIns.take(state, [mark()], 'acme'), null)
    assert.equal(await signIns.take(state, [], 'acme'), null)
    assert.equal(await signIns.take(state, [browser], 'other'), null)
    for (const wrong of ['', 'x', state.slice(0, 20), `${state}x`, `${state.slice(0, 11)}${randomBase62(43)}`]) {
      assert.equal(await signIns.take(wrong, [browser], 'acme'), null)
    }
    assert.notEqual(await signIns.take(state, [browser], 'acme'), null)
  })

  it('is a link that waits: of fifty at once one gets it, for its own user alone [RP06]', async () => {
    const { database, second, clock, addUser } = await stage()
    const { id } = await addUser()
    const [one, two] = [createPendingLinks({ database, clock }), createPendingLinks({ database: second, clock })]
    const browser = mark()
    const userId = formatId(id)
    const rest = { userId, next: null, app: null, at: 0 }
    await one.keep(browser, { ...rest, identity })
    await one.keep(browser, { ...rest, identity: { ...identity, subject: '2' } })
    assert.equal((await two.find([browser]))?.identity.subject, '2', 'the last one counts')
    assert.equal(await two.find([mark()]), null)
    assert.equal(await one.take([browser], formatId(id + 1n)), null)
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? one : two).take([browser], userId)),
    )
    assert.equal(all.filter((pending) => pending !== null).length, 1)
  })

  it('is the code for an application: made once, and traded once, of fifty at once [B-SOC-13]', async () => {
    const { database, second, clock, time, addUser } = await stage()
    const { id } = await addUser()
    const userId = formatId(id)
    const [one, two] = [createAppSignIns({ database, clock }), createAppSignIns({ database: second, clock })]
    const browser = mark()
    const verifier = randomBase62(64)
    const redirectUri = 'https://app.example/in'
    const app = { redirectUri, codeChallenge: challengeOf(verifier), state: 's' }
    const open = async (): Promise<string> => one.open(browser, userId, app, time.now)
    const session = { userId, authenticatedAt: time.now }

    const opened = await open()
    assert.equal(await one.giveCode(opened, [mark()], session), null, 'another browser')
    assert.equal(
      await one.giveCode(opened, [browser], { ...session, authenticatedAt: time.now - 1 }),
      null,
      'from before',
    )
    assert.equal(
      await one.giveCode(opened, [browser], { ...session, userId: formatId(id + 1n) }),
      null,
      'somebody else',
    )
    const codes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        (index % 2 === 0 ? one : two).giveCode(opened, [browser], session),
      ),
    )
    const [given, ...others] = codes.filter((code) => code !== null)
    assert.equal(others.length, 0)
    const shown = { code: given?.code ?? '', verifier, redirectUri }
    const redeemed = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? one : two).redeem(shown)),
    )
    const traded = redeemed.filter(({ status }) => status === 'fulfilled')
    assert.equal(traded.length, 1)

    for (const wrong of [
      { verifier: randomBase62(64) },
      { verifier: app.codeChallenge },
      { redirectUri: 'https://app.example/in/' },
    ]) {
      const again = await one.giveCode(await open(), [browser], session)
      const code = again?.code ?? ''
      await assert.rejects(one.redeem({ ...shown, code, ...wrong }), { code: 'authentication_failed' })
      await assert.rejects(one.redeem({ ...shown, code }), { code: 'authentication_failed' }, 'it is used up')
    }
    const late = await one.giveCode(await open(), [browser], session)
    time.now += 60_000
    await assert.rejects(one.redeem({ ...shown, code: late?.code ?? '' }), { code: 'authentication_failed' })
  })

  it('lives for sixty seconds at most', async () => {
    const { database } = await stage()
    assert.throws(() => createAppSignIns({ database, codeLifetime: 61 }), /from 1 to 60/)
  })
})
