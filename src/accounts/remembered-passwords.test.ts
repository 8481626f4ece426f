import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Throttled } from '../core/errors.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { elsewhere, home, passwordStage, plain, right } from './passwords.contract.ts'
import { createPasswords } from './passwords.ts'

onEachDatabase('createPasswords, for those who come again and again', (stage) => {
  const open = passwordStage(stage)

  describe('what is remembered', () => {
    it('saves the hash for 60 seconds, for the same login, password and address', async () => {
      const { passwords, users, hashed, time } = await open()
      await users.create({ username: 'ada', email: 'ada@example.org', password: right })
      for (let n = 0; n < 50; n += 1) assert.equal((await passwords.verify('ada', right, home))?.name, 'ada')
      assert.equal(hashed.length, 1)
      await passwords.verify('ada', right, elsewhere)
      assert.equal(hashed.length, 2)
      time.now += 60_000
      await passwords.verify('ada', right, home)
      assert.equal(hashed.length, 3)
    })

    it('shows at once that the user was disabled, renamed, or has other rights', async () => {
      const { passwords, users } = await open()
      const { id } = await users.create({ username: 'ada', password: right, isStaff: true })
      await passwords.verify('ada', right, home)
      await users.update(id, { isStaff: false })
      assert.equal((await passwords.verify('ada', right, home))?.isStaff, false)
      await users.update(id, { username: 'eve' })
      assert.equal(await passwords.verify('ada', right, home), null)
      assert.equal((await passwords.verify('eve', right, home))?.name, 'eve')
      await users.disable(id)
      assert.equal(await passwords.verify('eve', right, home), null)
    })

    it('is of no use once the password was changed, on another node too', async () => {
      const { passwords, users, second, clock } = await open()
      const { id } = await users.create({ username: 'ada', password: right })
      await passwords.verify('ada', right, home)
      const other = createPasswords({ database: second, clock, hasher: plain, guard: false })
      await other.set(id, 'another one')
      await other.close()
      assert.equal(await passwords.verify('ada', right, home), null)
      assert.equal((await passwords.verify('ada', 'another one', home))?.name, 'ada')
    })

    it('helps no guesser: each guess from where it is remembered ends it, and is counted', async () => {
      const { passwords, users, hashed } = await open()
      await users.create({ username: 'ada', email: 'ada@example.org', password: right })
      await passwords.verify('ada', right, home)
      await passwords.verify('ada@example.org', right, home)
      await passwords.verify('ada', 'wrong', home)
      hashed.length = 0
      await passwords.verify('ada@example.org', right, home)
      assert.equal(hashed.length, 1)
      for (let n = 0; n < 10; n += 1) await passwords.verify('ada', `wrong ${n}`, home)
      for (const login of ['ada', 'ada@example.org'])
        await assert.rejects(passwords.verify(login, right, home), Throttled)
    })

    it('is not taken from its owner by guesses from elsewhere', async () => {
      const { passwords, users, hashed } = await open()
      await users.create({ username: 'ada', password: right })
      await passwords.verify('ada', right, home)
      for (let n = 0; n < 10; n += 1) await passwords.verify('ada', `wrong ${n}`, elsewhere)
      hashed.length = 0
      await passwords.verify('ada', right, home)
      assert.deepEqual(hashed, [])
    })

    it('can be nothing at all', async () => {
      const { passwords, users, hashed } = await open({ remember: { lifetime: 0 } })
      await users.create({ username: 'ada', password: right })
      for (let n = 0; n < 3; n += 1) await passwords.verify('ada', right, home)
      assert.equal(hashed.length, 3)
    })
  })
})
