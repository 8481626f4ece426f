import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { Throttled, Unavailable } from '../core/errors.ts'
import { createPasswordHasher, type PasswordHasher } from '../crypto/password-hash.ts'
import { formatId, parseId } from '../storage/id.ts'
import { createGuessingGuard } from '../throttling/guessing.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createPasswords, type FailedPassword, type Passwords, type PasswordsOptions } from './passwords.ts'
import { refusal } from './refusal.contract.ts'
import { createUsers, type Users } from './users.ts'

const cheap = { memoryCost: 8192, timeCost: 1 }
const plain = createPasswordHasher(cheap)
const right = 'kfwzqpxmvj'
const home = { address: '198.51.100.7' }
const elsewhere = { address: '203.0.113.9' }

onEachDatabase('createPasswords', (stage) => {
  const opened: Passwords[] = []
  after(async () => {
    await Promise.all(opened.map(async (passwords) => passwords.close()))
  })

  async function open(options: Partial<PasswordsOptions> = {}): Promise<Opened> {
    const here = await stage()
    const { database, clock } = here
    const hashed: (string | null)[] = []
    const counting = counted(options.hasher ?? plain, hashed)
    const passwords = createPasswords({
      database,
      clock,
      guard: createGuessingGuard({ clock }),
      ...options,
      hasher: counting,
    })
    opened.push(passwords)
    const addSession = async (id: string) => {
      const times = { created_at: clock(), last_seen_at: clock(), expires_at: clock() + 1e9, authenticated_at: clock() }
      const rest = { digest: new Uint8Array(32), amr: 'pwd', address: null, user_agent: null }
      await database.append({ sessions: { id: database.newId(), user_id: parseId(id) as bigint, ...times, ...rest } })
    }
    return { ...here, passwords, hashed, addSession, users: createUsers({ database, clock, hasher: plain }) }
  }

  describe('verify', () => {
    it('finds the user by username or e-mail address, in whatever way it is written', async () => {
      const { passwords, users, addToGroup, database } = await open()
      await users.create({
        username: 'Ada',
        email: 'ada@example.org',
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
        const both = await Promise.allSettled(['a', 'b'].map(async (name) => passwords.verify(name, right, home)))
        for (const result of both) {
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
      opened.push(other)
      await other.set(id, 'another one')
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

interface Opened extends Stage {
  readonly passwords: Passwords
  readonly users: Users
  readonly addSession: (userId: string) => Promise<void>
  /** What was handed to the hasher to compare with. */
  readonly hashed: (string | null)[]
}

function counted(hasher: PasswordsOptions['hasher'], hashed: (string | null)[]): PasswordsOptions['hasher'] {
  return {
    ...hasher,
    verify: async (stored, password) => {
      hashed.push(stored)
      return hasher.verify(stored, password)
    },
  }
}
