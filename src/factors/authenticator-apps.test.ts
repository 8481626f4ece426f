import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSealer } from '../crypto/seal.ts'
import { formatId, parseId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { type AuthenticatorApps, createAuthenticatorApps } from './authenticator-apps.ts'
import { totpCode } from './totp.ts'
import { secretIn } from './secret-in.contract.ts'

const sealer = createSealer({ secret: 'a secret of more than thirty-two characters' })
const by = { actor: 'user:ada', address: '198.51.100.7' }

onEachDatabase('createAuthenticatorApps', (stage) => {
  async function open(): Promise<Stage & { readonly apps: AuthenticatorApps; readonly others: AuthenticatorApps }> {
    const here = await stage()
    const { database, second, clock } = here
    return {
      ...here,
      apps: createAuthenticatorApps({ database, sealer, clock, issuer: 'Notes' }),
      others: createAuthenticatorApps({ database: second, sealer, clock, issuer: 'Notes' }),
    }
  }

  async function enrolled() {
    const here = await open()
    const user = await here.addUser({ username: 'ada' })
    const id = formatId(user.id)
    const { uri } = await here.apps.begin({ id, name: 'ada' })
    const secret = secretIn(uri)
    await here.apps.confirm(id, totpCode(secret, here.time.now), by)
    return { ...here, id, secret }
  }

  describe('adds an app', () => {
    it('once it shows a right code, and not before [MF04 B-MFA-01]', async () => {
      const { apps, addUser, time } = await open()
      const id = formatId((await addUser({ username: 'ada' })).id)
      const begun = await apps.begin({ id, name: 'ada' })
      assert.equal(begun.secret.replaceAll(' ', ''), new URL(begun.uri).searchParams.get('secret'))
      assert.equal(await apps.find(id), null)
      assert.equal(await apps.isBegun(id), true)
      const secret = secretIn(begun.uri)
      for (const wrong of ['', '12345', 'abcdef', totpCode(secret, time.now + 300_000)]) {
        await assert.rejects(apps.confirm(id, wrong, by), { status: 400, code: 'invalid' })
      }
      assert.equal(await apps.find(id), null)
      await apps.confirm(id, totpCode(secret, time.now), by)
      assert.deepEqual(await apps.find(id), { createdAt: time.now, lastUsedAt: time.now })
      assert.equal(await apps.isBegun(id), false)
    })

    it('with a secret that is sealed at rest, together with whose it is', async () => {
      const { database, id, secret, apps, addUser, time } = await enrolled()
      const row = await database.read.selectFrom('totp_devices').selectAll().executeTakeFirstOrThrow()
      assert.equal(Buffer.from(row.secret).includes(Buffer.from(secret)), false)
      const eve = await addUser({ username: 'eve' })
      await database.write(async (unit) =>
        unit
          .insertInto('totp_devices')
          .values({ ...row, user_id: eve.id, last_step: 0 })
          .execute(),
      )
      await assert.rejects(apps.use(formatId(eve.id), totpCode(secret, time.now + 30_000), by), /sealed under another/)
      assert.equal(await apps.use(id, totpCode(secret, time.now + 30_000), by), true)
    })

    it('not a second time, unless it is to take the place of the first [B-MFA-01]', async () => {
      const { apps, id, secret, time } = await enrolled()
      await assert.rejects(apps.begin({ id, name: 'ada' }), { status: 409, code: 'conflict' })
      const next = secretIn((await apps.begin({ id, name: 'ada' }, { replaces: true })).uri)
      assert.equal(await apps.use(id, totpCode(secret, time.now + 30_000), by), true)
      await apps.confirm(id, totpCode(next, time.now), by)
      time.now += 60_000
      assert.equal(await apps.use(id, totpCode(secret, time.now), by), false)
      assert.equal(await apps.use(id, totpCode(next, time.now), by), true)
    })

    it('for a quarter of an hour', async () => {
      const { apps, addUser, time } = await open()
      const id = formatId((await addUser()).id)
      const secret = secretIn((await apps.begin({ id, name: 'ada' })).uri)
      time.now += 900_000
      assert.equal(await apps.isBegun(id), false)
      await assert.rejects(apps.confirm(id, totpCode(secret, time.now), by), { code: 'conflict' })
    })

    it('once, of 50 at once [MF01]', async () => {
      const { apps, others, addUser, time, database } = await open()
      const id = formatId((await addUser()).id)
      const code = totpCode(secretIn((await apps.begin({ id, name: 'ada' })).uri), time.now)
      const all = await Promise.allSettled(
        Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? apps : others).confirm(id, code, by)),
      )
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
      const events = await database.read
        .selectFrom('audit_events')
        .select('event')
        .where('event', 'like', 'totp.%')
        .execute()
      assert.deepEqual(events, [{ event: 'totp.added' }])
    })
  })

  describe('takes a code', () => {
    it('once: not that of the enrolment, and not again in its window, on any node [MF01 B-MFA-03]', async () => {
      const { apps, others, id, secret, time } = await enrolled()
      assert.equal(await apps.use(id, totpCode(secret, time.now), by), false)
      const code = totpCode(secret, time.now + 30_000)
      assert.equal(await apps.use(id, code, by), true)
      assert.equal(await apps.use(id, code, by), false)
      assert.equal(await others.use(id, code, by), false)
      time.now += 30_000
      assert.equal(await others.use(id, code, by), false)
      assert.equal(await others.use(id, totpCode(secret, time.now + 30_000), by), true)
      // One that is older than what was used is over too.
      assert.equal(await apps.use(id, totpCode(secret, time.now), by), false)
    })

    it('for one of 50 at once, on two nodes [MF01]', async () => {
      const { apps, others, id, secret, time, database } = await enrolled()
      time.now += 60_000
      const code = totpCode(secret, time.now)
      const all = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => (index % 2 === 0 ? apps : others).use(id, code, by)),
      )
      assert.equal(all.filter(Boolean).length, 1)
      const events = await database.read.selectFrom('audit_events').select('event').execute()
      assert.equal(events.filter(({ event }) => event === 'totp.used').length, 1)
      assert.equal(events.filter(({ event }) => event === 'totp.failed').length, 49)
    })

    it('of one step before and after, and none of two [MF02]', async () => {
      const { apps, id, secret, time } = await enrolled()
      time.now += 300_000
      assert.equal(await apps.use(id, totpCode(secret, time.now - 60_000), by), false)
      assert.equal(await apps.use(id, totpCode(secret, time.now + 60_000), by), false)
      assert.equal(await apps.use(id, totpCode(secret, time.now - 30_000), by), true)
      assert.equal(await apps.use(id, totpCode(secret, time.now + 30_000), by), true)
    })

    it('of nobody without an app, and of no other user', async () => {
      const { apps, addUser, secret, time } = await enrolled()
      const eve = formatId((await addUser({ username: 'eve' })).id)
      assert.equal(await apps.use(eve, totpCode(secret, time.now + 30_000), by), false)
      await assert.rejects(apps.use('no id', '123456', by), { status: 404 })
    })
  })

  it('removes an app, and what was begun [B-MFA-09]', async () => {
    const { apps, database, id, secret, time } = await enrolled()
    await apps.begin({ id, name: 'ada' }, { replaces: true })
    const userId = parseId(id) ?? 0n
    const remove = async () => database.write(async (unit) => apps.remove(unit, userId))
    assert.equal(await remove(), true)
    assert.equal(await remove(), false)
    assert.equal(await apps.isBegun(id), false)
    assert.equal(await apps.use(id, totpCode(secret, time.now + 30_000), by), false)
  })
})
