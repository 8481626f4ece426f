import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { formatId, parseId } from '../storage/id.ts'
import { watchRevocations } from '../storage/revocations.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { refusal } from './refusal.contract.ts'
import { createUsers, type Users } from './users.ts'

const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })

onEachDatabase('createUsers', (stage) => {
  describe('create', () => {
    it('gives back the user, and finds them by id, username and e-mail address however these are written', async () => {
      const { users, time } = await open(stage)
      const ada = await users.create({
        username: 'Ada',
        email: 'Ada@Example.org',
        password: 'kfwzqpxmvj',
        permissions: ['notes.add'],
      })
      assert.deepEqual(ada, {
        id: ada.id,
        username: 'Ada',
        email: 'Ada@Example.org',
        emailVerified: false,
        isActive: true,
        isStaff: false,
        isSuperuser: false,
        staffUntil: null,
        superuserUntil: null,
        permissions: ['notes.add'],
        hasPassword: true,
        hasSecondFactor: false,
        createdAt: time.now,
        lastLoginAt: null,
        mergedInto: null,
        passwordChangedAt: time.now,
        source: 'made',
      })
      assert.deepEqual(await users.find(ada.id), ada)
      for (const login of ['ada', ' ADA ', 'ada@example.org', 'ADA@EXAMPLE.ORG']) {
        assert.deepEqual(await users.findByLogin(login), ada)
      }
      assert.equal(await users.findByLogin('bob'), null)
      assert.equal(await users.find('nobody'), null)
      assert.equal(await users.find('00000000001'), null)
    })

    it('stores the password as a hash alone, and none where there is none [PW06]', async () => {
      const { users, database } = await open(stage)
      await users.create({ username: 'ada', password: 'kfwzqpxmvj' })
      const bob = await users.create({ username: 'bob' })
      assert.equal(bob.hasPassword, false)
      const rows = await database.read.selectFrom('users').select('password_hash').orderBy('id').execute()
      assert.match(rows[0]?.password_hash ?? '', /^\$argon2id\$v=19\$/)
      assert.equal(rows[1]?.password_hash, null)
    })

    it('refuses a name or address that is taken, in whatever way it is written, without saying which or whose', async () => {
      const { users } = await open(stage)
      await users.create({ username: 'Ada', email: 'ada@example.org' })
      for (const values of [{ username: 'ａｄａ' }, { username: 'bob', email: 'ADA@example.org' }]) {
        const error = await refusal(users.create(values))
        assert.equal(error.status, 409)
        assert.equal(error.code, 'conflict')
        assert.equal(error.message, 'The username or e-mail address is taken.')
      }
    })

    it('lets one of twenty at once have the name', async () => {
      const { users } = await open(stage)
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, async () => users.create({ username: 'ada' })),
      )
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    })

    it('keeps usernames and addresses apart: an @ in a username is only the user’s own address', async () => {
      const { users } = await open(stage)
      await users.create({ username: 'ada', email: 'ada@example.org' })
      assert.equal((await refusal(users.create({ username: 'ada@example.org' }))).status, 400)
      assert.equal((await refusal(users.create({ username: 'ada@example.org', email: 'eve@example.org' }))).status, 400)
      assert.equal(
        (await users.create({ username: 'Bob@example.org', email: 'bob@Example.org' })).username,
        'Bob@example.org',
      )
    })

    it('refuses values that cannot be, naming each field', async () => {
      const { users } = await open(stage)
      const bad = { username: 'a\u200bb', email: 'nowhere', permissions: ['two words'] }
      const error = await refusal(users.create(bad))
      assert.equal(error.code, 'invalid')
      assert.deepEqual(Object.keys(error.body ?? {}), ['username', 'email', 'permissions'])
      for (const username of ['', ' ', 'x'.repeat(255), 'a\0b', null as unknown as string, 7 as unknown as string]) {
        assert.equal((await refusal(users.create({ username }))).status, 400)
      }
    })

    it('holds the password to the rules, with the user’s own names among them [PW01 PW03 B-ACC-22]', async () => {
      const { users } = await open(stage)
      for (const password of ['short', 'password1234', 'lovelace-1815', 'x'.repeat(2 ** 20)]) {
        const error = await refusal(users.create({ username: 'Lovelace-1815', password }))
        assert.equal(error.status, 400)
        assert.ok(Array.isArray(error.body?.['password']))
        assert.ok(!JSON.stringify(error.body).includes(password))
      }
    })
  })

  describe('list', () => {
    it('pages through all users once, newest first', async () => {
      const { users } = await open(stage)
      for (let n = 0; n < 7; n += 1) await users.create({ username: `user${n}` })
      const seen: string[] = []
      let after: string | undefined
      do {
        const { users: page, next } = await users.list({ limit: 3, ...(after === undefined ? {} : { after }) })
        seen.push(...page.map(({ username }) => username))
        after = next ?? undefined
      } while (after !== undefined)
      assert.deepEqual(seen, ['user6', 'user5', 'user4', 'user3', 'user2', 'user1', 'user0'])
    })

    it('finds by the beginning of username or address, and takes signs of the database literally', async () => {
      const { users } = await open(stage)
      await users.create({ username: 'ada', email: 'lovelace@example.org' })
      await users.create({ username: 'adam' })
      await users.create({ username: 'eve%' })
      const namesOf = async (search: string) => (await users.list({ search })).users.map(({ username }) => username)
      assert.deepEqual(await namesOf('ADA'), ['ada', 'adam'])
      assert.deepEqual(await namesOf('love'), ['ada'])
      assert.deepEqual(await namesOf('%'), [])
      assert.deepEqual(await namesOf('eve%'), ['eve%'])
      assert.deepEqual(await namesOf('\0'), [])
    })

    it('finds by id, by how the account stands and what it may', async () => {
      const { users, addToGroup, database } = await open(stage)
      const ada = await users.create({ username: 'ada', isStaff: true })
      const bob = await users.create({ username: 'bob', isActive: false })
      await users.create({ username: 'eve', isSuperuser: true })
      await addToGroup(parseId(ada.id) as bigint, 'notes.add')
      const namesOf = async (options: Parameters<typeof users.list>[0]) =>
        (await users.list(options)).users.map(({ username }) => username)
      assert.deepEqual(await namesOf({ search: bob.id }), ['bob'])
      assert.deepEqual(await namesOf({ isActive: false }), ['bob'])
      assert.deepEqual(await namesOf({ isActive: true }), ['eve', 'ada'])
      assert.deepEqual(await namesOf({ isStaff: true }), ['ada'])
      assert.deepEqual(await namesOf({ isSuperuser: true, isStaff: false }), ['eve'])
      assert.deepEqual(await namesOf({ neverSignedIn: false }), [])
      assert.deepEqual(await namesOf({ neverSignedIn: true, search: 'a' }), ['ada'])
      const group = await database.read.selectFrom('groups').select('id').executeTakeFirstOrThrow()
      assert.deepEqual(await namesOf({ group: formatId(group.id) }), ['ada'])
      assert.deepEqual(await namesOf({ group: 'none' }), [])
    })

    it('finds by when the account was made, page by page, whatever its id', async () => {
      const { users, database, time } = await open(stage)
      for (let n = 0; n < 4; n += 1) await users.create({ username: `user${n}` })
      // As one that was taken over from elsewhere: its account is older than its id.
      await database.write(async (unit) => {
        for (const [n, at] of [time.now, time.now + 2, time.now - 50, time.now + 1].entries()) {
          await unit.updateTable('users').set({ created_at: at }).where('username', '=', `user${n}`).execute()
        }
      })
      const names = async (filter: object): Promise<readonly string[]> => {
        const first = await users.list({ ...filter, limit: 2 })
        const rest = first.next === null ? [] : (await users.list({ ...filter, limit: 2, after: first.next })).users
        return [...first.users, ...rest].map(({ username }) => username)
      }
      assert.deepEqual(await names({ createdUntil: time.now + 9 }), ['user1', 'user3', 'user0', 'user2'])
      assert.deepEqual(await names({ createdFrom: time.now }), ['user1', 'user3', 'user0'])
      assert.deepEqual(await names({ createdFrom: time.now, createdUntil: time.now + 2 }), ['user3', 'user0'])
      assert.equal((await refusal(users.list({ createdFrom: 1, after: 'x' }))).status, 400)
    })

    it('keeps the page within bounds', async () => {
      const { users } = await open(stage)
      await users.create({ username: 'ada' })
      for (const limit of [0, -5, Number.NaN, 1e9]) assert.equal((await users.list({ limit })).users.length, 1)
      assert.equal((await refusal(users.list({ after: 'x' }))).status, 400)
    })
  })

  describe('update', () => {
    it('changes what is given and keeps the rest', async () => {
      const { users } = await open(stage)
      const ada = await users.create({ username: 'ada', email: 'ada@example.org', emailVerified: true, isStaff: true })
      assert.deepEqual(await users.update(ada.id, { username: 'countess' }), { ...ada, username: 'countess' })
      assert.deepEqual(await users.find(ada.id), { ...ada, username: 'countess' })
    })

    it('takes a new address for not verified, and the same one in other letters for verified [B-ACC-07]', async () => {
      const { users } = await open(stage)
      const { id } = await users.create({ username: 'ada', email: 'ada@example.org', emailVerified: true })
      assert.equal((await users.update(id, { email: 'Ada@Example.org' })).emailVerified, true)
      assert.equal((await users.update(id, { email: 'ada@example.com' })).emailVerified, false)
      assert.equal((await users.update(id, { email: null, emailVerified: true })).emailVerified, false)
    })

    it('lets a username that is the address follow the address', async () => {
      const { users } = await open(stage)
      const { id } = await users.create({ username: 'ada@example.org', email: 'ada@example.org' })
      assert.equal((await users.update(id, { email: 'ada@example.com' })).username, 'ada@example.com')
      assert.equal(await users.findByLogin('ada@example.org'), null)
      assert.equal((await refusal(users.update(id, { email: null }))).status, 400)
    })

    it('leaves an imported username with a foreign @ alone, and lets its owner in by it first', async () => {
      const { users, addUser } = await open(stage)
      const row = await addUser({ username: 'old@example.org', email: 'new@example.org', email_key: 'new@example.org' })
      const other = await users.create({ username: 'other', email: 'old@example.org' })
      assert.equal((await users.update(formatId(row.id), { isStaff: true })).isStaff, true)
      assert.equal((await users.findByLogin('old@example.org'))?.id, formatId(row.id))
      assert.equal((await users.findByLogin('other'))?.id, other.id)
    })

    it('refuses a name that is taken, and changes nothing then', async () => {
      const { users } = await open(stage)
      await users.create({ username: 'ada' })
      const bob = await users.create({ username: 'bob' })
      assert.equal((await refusal(users.update(bob.id, { username: 'ADA', isStaff: true }))).code, 'conflict')
      assert.deepEqual(await users.find(bob.id), bob)
    })

    it('loses no change of many at once', async () => {
      const { users } = await open(stage)
      const { id } = await users.create({ username: 'ada' })
      await Promise.all([
        users.update(id, { isStaff: true }),
        users.update(id, { isSuperuser: true }),
        users.update(id, { permissions: ['notes.add'] }),
        users.update(id, { email: 'ada@example.org' }),
      ])
      const { isStaff, isSuperuser, permissions, email } = (await users.find(id)) ?? {}
      assert.deepEqual([isStaff, isSuperuser, permissions, email], [true, true, ['notes.add'], 'ada@example.org'])
    })

    it('ends access tokens that claim a right which is taken away, and only those: sessions and refresh tokens stay', async () => {
      const { users, addSignIns, signInsOf, database } = await open(stage)
      const { id } = await users.create({
        username: 'ada',
        isStaff: true,
        isSuperuser: true,
        permissions: ['a.b', 'c.d'],
      })
      await users.create({ username: 'root', isSuperuser: true })
      await addSignIns(id)
      const revocations = async () => (await database.read.selectFrom('revocations').selectAll().execute()).length
      await users.update(id, { permissions: ['a.b', 'c.d', 'e.f'] })
      assert.equal(await revocations(), 0)
      for (const [index, changes] of [{ isStaff: false }, { isSuperuser: false }, { permissions: ['a.b'] }].entries()) {
        await users.update(id, changes)
        assert.equal(await revocations(), index + 1)
      }
      assert.deepEqual(await signInsOf(id), { sessions: 1, families: [null] })
    })

    it('knows nobody by an id that is none', async () => {
      const { users } = await open(stage)
      for (const id of ['', 'x', '00000000001', '../etc']) {
        assert.equal((await refusal(users.update(id, { isStaff: true }))).status, 404)
        assert.equal((await refusal(users.disable(id))).status, 404)
        assert.equal((await refusal(users.delete(id))).status, 404)
        assert.equal((await refusal(users.signOutEverywhere(id))).status, 404)
      }
    })
  })

  describe('disable, delete and signOutEverywhere', () => {
    it('end sessions, refresh tokens and access tokens of this user in one unit [SE05 SE08]', async () => {
      for (const [act, reason] of [
        ['disable', 'user_disabled'],
        ['signOutEverywhere', 'signed_out'],
      ] as const) {
        const { users, addSignIns, signInsOf, database, time } = await open(stage)
        const { id } = await users.create({ username: 'ada' })
        const other = await users.create({ username: 'bob' })
        await addSignIns(id)
        await addSignIns(other.id)
        time.now += 1000
        await users[act](id)
        assert.deepEqual(await signInsOf(id), { sessions: 0, families: [reason] })
        assert.deepEqual(await signInsOf(other.id), { sessions: 1, families: [null] })
        const row = await database.read
          .selectFrom('users')
          .selectAll()
          .where('id', '=', parseId(id))
          .executeTakeFirstOrThrow()
        assert.equal(row.signed_out_at, time.now)
        const [revocation, ...others] = await database.read.selectFrom('revocations').selectAll().execute()
        assert.equal(others.length, 0)
        assert.equal(revocation?.kind, 'user')
        assert.equal(revocation.subject_id, row.id)
        assert.equal(revocation.not_before, time.now + 1)
        assert.equal(revocation.expires_at, time.now + 86_400_000)
      }
    })

    it('delete the user with all that is theirs, and still tell of the tokens that nobody looks up [SE05]', async () => {
      const { users, addSignIns, signInsOf, database } = await open(stage)
      const { id } = await users.create({ username: 'ada' })
      await addSignIns(id)
      await users.delete(id)
      assert.equal(await users.find(id), null)
      assert.deepEqual(await signInsOf(id), { sessions: 0, families: [] })
      const revocation = await database.read.selectFrom('revocations').selectAll().executeTakeFirstOrThrow()
      assert.equal(revocation.subject_id, parseId(id))
      await users.create({ username: 'ada' })
    })

    it('keep what was ended ended when the user is enabled again', async () => {
      const { users, addSignIns, signInsOf } = await open(stage)
      const { id } = await users.create({ username: 'ada' })
      await addSignIns(id)
      assert.equal((await users.disable(id)).isActive, false)
      assert.equal((await users.enable(id)).isActive, true)
      assert.deepEqual(await signInsOf(id), { sessions: 0, families: ['user_disabled'] })
    })

    it('is known to this process at once where it watches revocations', async () => {
      const { database, clock, time } = await open(stage)
      const revocations = await watchRevocations(database, { clock })
      const users = createUsers({ database, hasher, clock, revocations })
      const { id } = await users.create({ username: 'ada' })
      await users.disable(id)
      assert.equal(revocations.notBefore('user', parseId(id) as bigint), time.now + 1)
      await revocations.close()
    })

    it('can be repeated', async () => {
      const { users, database } = await open(stage)
      const { id } = await users.create({ username: 'ada' })
      await users.disable(id)
      await users.disable(id)
      assert.equal((await database.read.selectFrom('revocations').selectAll().execute()).length, 1)
    })
  })

  it('writes each change to the audit log, with who did it and without names of fields’ values', async () => {
    const { users, database } = await open(stage)
    const by = { actor: 'user:root', address: '192.0.2.1', requestId: 'r1' }
    const { id } = await users.create({ username: 'ada', password: 'kfwzqpxmvj' }, by)
    await users.update(id, { email: 'ada@example.org' }, by)
    await users.disable(id, by)
    await users.enable(id, by)
    await users.signOutEverywhere(id, by)
    await users.delete(id, by)
    const rows = await database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('actor', '=', 'user:root')
      .orderBy('id')
      .execute()
    assert.deepEqual(
      rows.map(({ event }) => event),
      ['user.created', 'user.updated', 'user.disabled', 'user.enabled', 'user.signed_out_everywhere', 'user.deleted'],
    )
    for (const row of rows)
      assert.deepEqual([row.subject, row.address, row.request_id], [`user:${id}`, '192.0.2.1', 'r1'])
    assert.ok(!JSON.stringify(rows.map(({ detail }) => detail)).includes('kfwzqpxmvj'))
  })
})

async function open(stage: () => Promise<Stage>): Promise<Stage & { readonly users: Users } & SignIns> {
  const opened = await stage()
  const { database, clock, time } = opened
  return {
    ...opened,
    users: createUsers({ database, hasher, clock }),
    addSignIns: async (id) => {
      const user_id = parseId(id) as bigint
      const times = { created_at: time.now, expires_at: time.now + 1e9 }
      const rest = {
        last_seen_at: time.now,
        authenticated_at: time.now,
        amr: 'pwd',
        address: null,
        user_agent: null,
        address_key: null,
        sign_in_id: 1n,
      }
      await database.append({
        sessions: { id: database.newId(), digest: new Uint8Array(32), user_id, ...times, ...rest },
        refresh_families: {
          id: database.newId(),
          user_id,
          ...times,
          revoked_at: null,
          revoked_for: null,
          claims: '{}',
        },
      })
    },
    signInsOf: async (id) => {
      const user = parseId(id) as bigint
      const sessions = await database.read.selectFrom('sessions').select('id').where('user_id', '=', user).execute()
      const families = await database.read
        .selectFrom('refresh_families')
        .selectAll()
        .where('user_id', '=', user)
        .execute()
      return { sessions: sessions.length, families: families.map(({ revoked_for }) => revoked_for) }
    },
  }
}

interface SignIns {
  readonly addSignIns: (id: string) => Promise<void>
  readonly signInsOf: (
    id: string,
  ) => Promise<{ readonly sessions: number; readonly families: readonly (string | null)[] }>
}
