import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Throttled } from '../core/errors.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { elsewhere, home, passwordStage, right } from './passwords.contract.ts'
import { refusal } from './refusal.contract.ts'

onEachDatabase('createPasswords, for changes', (stage) => {
  const open = passwordStage(stage)

  describe('change', () => {
    it('takes the new password in place of the old one, and ends everything from before [PW05 SE06 B-SESS-10]', async () => {
      const { passwords, users, database, addSession, time } = await open()
      const { id } = await users.create({ username: 'ada', password: right })
      await addSession(id)
      assert.equal(
        await passwords.change(id, { current: right, next: 'another one' }, { address: home.address }),
        time.now,
      )
      assert.equal(await passwords.verify('ada', right, home), null)
      assert.equal((await passwords.verify('ada', 'another one', home))?.name, 'ada')
      assert.deepEqual(await database.read.selectFrom('sessions').selectAll().execute(), [])
      const row = await database.read.selectFrom('users').selectAll().executeTakeFirstOrThrow()
      assert.equal(row.signed_out_at, time.now)
      assert.equal(row.password_changed_at, time.now)
      assert.equal((await database.read.selectFrom('revocations').selectAll().execute()).length, 1)
    })

    it('needs the current password, and counts wrong ones as guesses [PW05 B-ACC-19]', async () => {
      const { passwords, users } = await open()
      const { id } = await users.create({ username: 'ada', password: right })
      const change = async (current: string) => passwords.change(id, { current, next: 'another one' }, home)
      for (let n = 0; n < 10; n += 1) {
        const error = await refusal(change(n === 0 ? '' : `wrong ${n}`))
        assert.equal(error.status, 400)
        assert.deepEqual(Object.keys(error.body ?? {}), ['current_password'])
      }
      await assert.rejects(change(right), Throttled)
      await assert.rejects(passwords.verify('ada', right, home), Throttled)
      assert.equal((await passwords.verify('ada', right, elsewhere))?.name, 'ada')
    })

    it('holds the new one to the rules, and keeps the old one then [PW03 B-ACC-22]', async () => {
      const { passwords, users } = await open()
      const { id } = await users.create({ username: 'lovelace-1815', password: right })
      for (const next of ['', 'short', 'password1234', 'Lovelace-1815', 'x'.repeat(5000)]) {
        const error = await refusal(passwords.change(id, { current: right, next }, home))
        assert.deepEqual([error.status, Object.keys(error.body ?? {})], [400, ['new_password']])
      }
      assert.equal((await refusal(passwords.change(id, { current: 'x'.repeat(5000), next: right }, home))).status, 400)
      assert.equal((await passwords.verify('lovelace-1815', right, home))?.name, 'lovelace-1815')
    })

    it('lets one of ten changes at once through', async () => {
      const { passwords, users } = await open({ guard: false })
      const { id } = await users.create({ username: 'ada', password: right })
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, async (_, n) =>
          passwords.change(id, { current: right, next: `another one ${n}` }, home),
        ),
      )
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    })
  })

  describe('set', () => {
    it('needs no old password, ends everything, and forgets failures from before', async () => {
      const { passwords, users, database, addSession } = await open()
      const { id } = await users.create({ username: 'ada' })
      await addSession(id)
      for (let n = 0; n < 10; n += 1) await passwords.verify('ada', `wrong ${n}`, home)
      await passwords.set(id, right, { actor: 'user:root', address: home.address })
      assert.equal((await passwords.verify('ada', right, home))?.name, 'ada')
      assert.deepEqual(await database.read.selectFrom('sessions').selectAll().execute(), [])
      const events = await database.read
        .selectFrom('audit_events')
        .selectAll()
        .where('event', '=', 'password.set')
        .execute()
      assert.deepEqual(
        events.map(({ actor, subject }) => [actor, subject]),
        [['user:root', `user:${id}`]],
      )
    })

    it('knows nobody by an id that is none, and holds to the rules', async () => {
      const { passwords, users } = await open()
      for (const id of ['', 'x', '00000000001']) assert.equal((await refusal(passwords.set(id, right))).status, 404)
      const { id } = await users.create({ username: 'ada' })
      assert.equal((await refusal(passwords.set(id, 'short'))).status, 400)
    })
  })
})
