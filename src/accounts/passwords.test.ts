import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Throttled, Unavailable } from '../core/errors.ts'
import { createPasswordHasher, type PasswordHasher } from '../crypto/password-hash.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { cheap, elsewhere, home, passwordStage, plain, right } from './passwords.contract.ts'
import type { FailedPassword } from './passwords.ts'
import { refusal } from './refusal.contract.ts'

onEachDatabase('createPasswords', (stage) => {
  const open = passwordStage(stage)

  describe('verify', () => {
    it('finds the user by username or e-mail address, in whatever way it is written', async () => {
      const { passwords, users, addToGroup, database } = await open()
      await users.create({
        username: 'Ada',
        email: 'ada@example.org',
        emailVerified: true,
        password: right,
        isStaff: true,
        permissions: ['notes.add'],
      })
      const { id } = await database.read.selectFrom('users').select('id').executeTakeFirstOrThrow()
      await addToGroup(id, 'notes.change')
      for (const login of ['ada', 'ADA', ' ａｄａ ', 'ADA@example.ORG']) {
        assert.deepEqual(await passwords.verify(login, right, home), {
          kind: 'user',
          id: formatId(id),
          name: 'Ada',
          email: 'ada@example.org',
          emailVerified: true,
          isStaff: true,
          isSuperuser: false,
          permissions: new Set(['notes.add', 'notes.change']),
        })
      }
    })

    it('answers null alike, after one hash each, to a wrong password, an unknown and a disabled user, and one without a password [B-BASIC-08 B-BASIC-09 B-BASIC-12 B-ACC-05 PW07]', async () => {
      const { passwords, users, hashed } = await open()
      await users.create({ username: 'ada', password: right })
      await users.create({ username: 'off', password: right, isActive: false })
      await users.create({ username: 'none' })
      for (const [login, password] of [
        ['ada', 'wrong'],
        ['nobody', right],
        ['off', right],
        ['none', right],
        ['none', ''],
        ['ada', ''],
      ] as const) {
        hashed.length = 0
        assert.equal(await passwords.verify(login, password, home), null)
        assert.equal(hashed.length, 1, login)
      }
    })

    it('computes for a disabled user what it would for one who is not, so that a costly hash tells nobody which they are [PW07]', async () => {
      const { passwords, users, hashed, database } = await open()
      const { id } = await users.create({ username: 'off', password: right })
      const imported = await createPasswordHasher({ ...cheap, memoryCost: 9216 }).hash(right)
      await database.write(async (unit) => unit.updateTable('users').set({ password_hash: imported }).execute())
      await users.disable(id)
      for (let n = 0; n < 9; n += 1) {
        hashed.length = 0
        assert.equal(await passwords.verify('off', n === 5 ? right : `wrong ${n}`, home), null)
        assert.deepEqual(hashed, [imported])
      }
      // The right one clears nothing that was counted, and is made anew for nobody.
      assert.equal(await passwords.verify('off', 'wrong', home), null)
      await assert.rejects(passwords.verify('off', 'wrong', home), Throttled)
      const row = database.read.selectFrom('users').select('password_hash')
      assert.equal((await row.executeTakeFirst())?.password_hash, imported)
    })

    it('hashes nothing for names that no account can have', async () => {
      const { passwords, hashed } = await open()
      for (const login of ['', ' ', 'a\0b', 'x'.repeat(255), 'x'.repeat(10_000_000)]) {
        assert.equal(await passwords.verify(login, right, home), null)
      }
      assert.deepEqual(hashed, [])
    })

    it('refuses a password of more than 4096 bytes with 400 before anything else, and takes one of 4096 [PW01]', async () => {
      const { passwords, users, hashed } = await open()
      const long = 'x7'.repeat(2048)
      await users.create({ username: 'ada', password: long })
      assert.equal((await passwords.verify('ada', long, home))?.name, 'ada')
      hashed.length = 0
      for (const password of [`${long}x`, 'é'.repeat(2049), 'x'.repeat(2 ** 20)]) {
        assert.equal((await refusal(passwords.verify('ada', password, home))).status, 400)
      }
      assert.deepEqual(hashed, [])
    })

    it('compares passwords as they are, with spaces, emoji and any script [PW01]', async () => {
      const { passwords, users } = await open()
      const password = ' läßt 🐎 grüßen '
      await users.create({ username: 'ada', password })
      assert.equal((await passwords.verify('ada', password, home))?.name, 'ada')
      for (const other of [password.trim(), password.toUpperCase(), password.normalize('NFD')]) {
        assert.equal(await passwords.verify('ada', other, home), null)
      }
    })

    it('refuses with 429 before any hash once too many were wrong, the right one too [B-BASIC-11]', async () => {
      const { passwords, users, hashed } = await open()
      await users.create({ username: 'ada', password: right })
      for (let n = 0; n < 10; n += 1) assert.equal(await passwords.verify('ada', `wrong ${n}`, home), null)
      hashed.length = 0
      await assert.rejects(passwords.verify('ada', 'wrong', home), Throttled)
      await assert.rejects(passwords.verify('ada', right, home), Throttled)
      assert.deepEqual(hashed, [])
      assert.equal((await passwords.verify('ada', right, elsewhere))?.name, 'ada')
    })

    it('counts username, address and all ways to write them as one account', async () => {
      const { passwords, users } = await open()
      await users.create({ username: 'ada', email: 'ada@example.org', password: right })
      const ways = [
        'ada',
        'ADA',
        ' ada',
        'ａｄａ',
        'ada@example.org',
        'Ada@Example.org',
        'ADA@EXAMPLE.ORG',
        'aDa',
        'adA',
        'ada ',
      ]
      for (const way of ways) assert.equal(await passwords.verify(way, 'wrong', home), null)
      for (const way of ways) await assert.rejects(passwords.verify(way, right, home), Throttled)
    })

    it('counts unknown names too, and no name as somebody’s id', async () => {
      const { passwords, users } = await open()
      const { id } = await users.create({ username: 'ada', password: right })
      for (const name of ['nobody', `user:${id}`]) {
        for (let n = 0; n < 10; n += 1) await passwords.verify(name, `wrong ${n}`, home)
        await assert.rejects(passwords.verify(name, 'wrong', home), Throttled)
      }
      assert.equal((await passwords.verify('ada', right, home))?.name, 'ada')
    })

    it('takes the caller’s address from the request, as it is told to', async () => {
      const { passwords, users } = await open({ address: (request) => request.headers.get('x-real-ip') })
      await users.create({ username: 'ada', password: right })
      const request = (ip: string) => ({
        method: 'GET',
        url: '/',
        headers: { get: (name: string) => (name === 'x-real-ip' ? ip : null) },
      })
      for (let n = 0; n < 10; n += 1) await passwords.verify('ada', `wrong ${n}`, request('192.0.2.1'))
      await assert.rejects(passwords.verify('ada', right, request('192.0.2.1')), Throttled)
      assert.equal((await passwords.verify('ada', right, request('192.0.2.2')))?.name, 'ada')
    })

    it('answers 503 with Retry-After where the queue is full, and counts no guess for it', async () => {
      const hasher = createPasswordHasher({ ...cheap, concurrency: 1, queue: 0 })
      const { passwords, users } = await open({ hasher })
      await users.create({ username: 'ada', password: right })
      let full = 0
      for (let round = 0; round < 20; round += 1) {
        // So many that some of them meet, however slowly the database finds them.
        const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
        const all = await Promise.allSettled(names.map(async (name) => passwords.verify(name, right, home)))
        for (const result of all) {
          if (result.status === 'fulfilled') continue
          if (result.reason instanceof Throttled) continue
          assert.ok(result.reason instanceof Unavailable)
          assert.equal(result.reason.headers?.['retry-after'], '2')
          full += 1
        }
      }
      assert.ok(full > 0)
      assert.equal((await passwords.verify('ada', right, home))?.name, 'ada')
    })

    it('hashes once for a hundred requests at once with the same password, and counts one guess', async () => {
      const { passwords, users, hashed } = await open()
      await users.create({ username: 'ada', password: right })
      const many = async (password: string) =>
        Promise.all(Array.from({ length: 100 }, async () => passwords.verify('ada', password, home)))
      for (const user of await many(right)) assert.equal(user?.name, 'ada')
      assert.equal(hashed.length, 1)
      for (const user of await many('wrong')) assert.equal(user, null)
      assert.equal(hashed.length, 2)
    })

    it('lets nobody in whose password was changed, or who was disabled, while it was computed', async () => {
      for (const act of ['disable', 'set'] as const) {
        let meanwhile = async () => {}
        const hasher: PasswordHasher = {
          ...plain,
          verify: async (...parameters) => {
            const answer = await plain.verify(...parameters)
            await meanwhile()
            return answer
          },
        }
        const { passwords, users } = await open({ hasher })
        const { id } = await users.create({ username: 'ada', password: right })
        meanwhile = async () => {
          meanwhile = async () => {}
          await (act === 'disable' ? users.disable(id) : passwords.set(id, 'another one'))
        }
        assert.equal(await passwords.verify('ada', right, home), null)
      }
    })
  })

  describe('a hash of another cost or format', () => {
    it('is replaced at the next sign-in, and the password stays good [PW06]', async () => {
      const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 2 })
      const { passwords, users, database, hashed } = await open({ hasher })
      await users.create({ username: 'ada', password: right })
      const stored = async () =>
        await database.read
          .selectFrom('users')
          .select(['password_hash', 'password_changed_at'])
          .executeTakeFirstOrThrow()
      const before = await stored()
      assert.equal(await passwords.verify('ada', 'wrong', home), null)
      assert.deepEqual(await stored(), before)
      assert.equal((await passwords.verify('ada', right, home))?.name, 'ada')
      const after = await stored()
      assert.match(after.password_hash ?? '', /t=2,p=1/)
      assert.equal(after.password_changed_at, before.password_changed_at)
      hashed.length = 0
      assert.equal((await passwords.verify('ada', right, home))?.name, 'ada')
      assert.deepEqual(hashed, [])
      assert.equal((await passwords.verify('ada', right, elsewhere))?.name, 'ada')
    })

    it('that is damaged lets nobody in, and breaks nothing', async () => {
      const { passwords, addUser } = await open()
      for (const [index, hash] of [
        '',
        '!',
        '!unusable',
        '$argon2id$v=19$m=8192,t=1,p=1$$',
        'md5$x',
        '$argon2id$',
      ].entries()) {
        await addUser({ username: `u${index}`, password_hash: hash })
        assert.equal(await passwords.verify(`u${index}`, right, home), null)
      }
    })
  })

  describe('last_login_at', () => {
    it('is written with a sign-in, within seconds; not with a wrong password, and not where it is switched off [B-JRF-03]', async () => {
      for (const lastLogin of [true, false]) {
        const { passwords, users, time } = await open({ lastLogin })
        const ada = await users.create({ username: 'ada', password: right })
        const bob = await users.create({ username: 'bob', password: right })
        time.now += 5000
        await passwords.verify('ada', right, home)
        await passwords.verify('bob', 'wrong', home)
        await passwords.close()
        assert.equal((await users.find(ada.id))?.lastLoginAt, lastLogin ? time.now : null)
        assert.equal((await users.find(bob.id))?.lastLoginAt, null)
      }
    })
  })

  describe('a failed sign-in', () => {
    it('is told to the hook with its credentials masked, and written to the audit log [B-JRF-04]', async () => {
      const failures: FailedPassword[] = []
      const { passwords, users, database } = await open({ onFailed: (failure) => failures.push(failure) })
      const { id } = await users.create({ username: 'ada', password: right })
      await passwords.verify('ada', 'geheimnis', home)
      await passwords.verify('geheimnis@2', right, home)
      assert.deepEqual(failures, [
        { login: 'a…', userId: id, address: home.address },
        { login: 'g…', userId: null, address: home.address },
      ])
      const rows = await database.read
        .selectFrom('audit_events')
        .selectAll()
        .where('event', '=', 'password.failed')
        .orderBy('id')
        .execute()
      assert.deepEqual(
        rows.map(({ subject, address }) => [subject, address]),
        [
          [`user:${id}`, home.address],
          ['unknown', home.address],
        ],
      )
      assert.ok(
        !JSON.stringify(rows.map(({ detail, actor, subject }) => [detail, actor, subject])).includes('geheimnis'),
      )
    })
  })
})
