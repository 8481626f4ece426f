import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, it } from 'node:test'
import { createCsrf } from '../http/csrf.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { createSessions, type Sessions, type SessionsOptions } from './sessions.ts'
import { createUsers, type Users } from './users.ts'

const format = createTokenFormat()
const csrf = createCsrf({ key: randomBytes(32) })
const day = 86_400_000

onEachDatabase('createSessions', (stage) => {
  const opened: Sessions[] = []
  after(async () => {
    await Promise.all(opened.map(async (sessions) => sessions.close()))
  })

  async function open(options: Partial<SessionsOptions> = {}): Promise<Opened> {
    const here = await stage()
    const { database, second, clock } = here
    const sessions = createSessions({ database, format, csrf, clock, ...options })
    const elsewhere = createSessions({ database: second, format, csrf, clock, ...options })
    opened.push(sessions, elsewhere)
    const hasher = { hash: async () => '!' }
    const { id } = await here.addUser({
      username: 'ada',
      email: 'ada@example.org',
      is_staff: 1,
      permissions: 'notes.add',
    })
    return {
      ...here,
      sessions,
      elsewhere,
      users: createUsers({ database, hasher, clock }),
      ada: formatId(id),
      adaId: id,
    }
  }

  it('gives a browser a session that is found by its cookie, on every node', async () => {
    const { sessions, elsewhere, ada, adaId, addToGroup, time } = await open()
    await addToGroup(adaId, 'notes.change')
    const given = await sessions.create({ userId: ada })
    assert.equal(given.csrfToken, csrf.tokenFor(given.id))
    for (const node of [sessions, elsewhere]) {
      assert.deepEqual(await node.find(given.value), {
        principal: {
          kind: 'user',
          id: ada,
          name: 'ada',
          email: 'ada@example.org',
          isStaff: true,
          isSuperuser: false,
          permissions: new Set(['notes.add', 'notes.change']),
        },
        auth: {
          id: given.id,
          createdAt: time.now,
          authenticatedAt: time.now,
          expiresAt: time.now + 30 * day,
          amr: ['pwd'],
          signInId: given.id,
        },
      })
    }
  })

  it('stores a digest: nobody can sign in with what is in the database [SE02]', async () => {
    const { sessions, ada, database } = await open()
    const { value } = await sessions.create({ userId: ada })
    const row = await database.read.selectFrom('sessions').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.digest.length, 32)
    const secret = value.split('_')[3] ?? ''
    assert.equal(secret.length, 49)
    assert.ok(!Buffer.from(row.digest).includes(secret.slice(0, 8)))
    for (const guess of [
      Buffer.from(row.digest).toString('hex'),
      Buffer.from(row.digest).toString('base64url'),
      formatId(row.id),
    ]) {
      assert.equal(await sessions.find(guess), null)
    }
  })

  it('finds nothing by anything that is no session of ours', async () => {
    const { sessions, ada, database } = await open()
    const { value, id } = await sessions.create({ userId: ada })
    const wrongSecret = format.make(
      'ses',
      (await database.read.selectFrom('sessions').select('id').executeTakeFirstOrThrow()).id,
    )
    const unknown = format.make('ses', database.newId())
    const otherKind = format.make('pat', database.newId())
    const texts = [
      '',
      id,
      value.slice(0, -1),
      `${value}0`,
      value.toUpperCase(),
      value.repeat(2),
      'x'.repeat(1_000_000),
      '\0',
    ]
    for (const text of [...texts, wrongSecret.text, unknown.text, otherKind.text])
      assert.equal(await sessions.find(text), null)
  })

  it('is over after its idle time to within five seconds, and not before where it is used [SE07]', async () => {
    const { sessions, elsewhere, ada, time } = await open({ idle: 3600 })
    const { value } = await sessions.create({ userId: ada })
    for (let hour = 0; hour < 5; hour += 1) {
      time.now += 3_595_000
      assert.notEqual(await sessions.find(value), null)
      await sessions.close()
    }
    time.now += 3_595_000
    assert.notEqual(await elsewhere.find(value), null)
    await elsewhere.close()
    time.now += 3_600_000
    for (const node of [sessions, elsewhere]) assert.equal(await node.find(value), null)
  })

  it('is over after its lifetime, however much it is used [SE07]', async () => {
    const { sessions, ada, time } = await open({ idle: 3600, lifetime: 7200 })
    const { value } = await sessions.create({ userId: ada })
    for (let minutes = 0; minutes < 119; minutes += 7) {
      assert.notEqual(await sessions.find(value), null)
      await sessions.close()
      time.now += 7 * 60_000
    }
    time.now = time.now - 119 * 60_000 + 7_199_999
    assert.notEqual(await sessions.find(value), null)
    time.now += 1
    assert.equal(await sessions.find(value), null)
  })

  it('writes when it was last seen in batches, and nothing on reading', async () => {
    const { sessions, ada, time, database } = await open()
    const { value } = await sessions.create({ userId: ada })
    const created = time.now
    const seen = async () =>
      (await database.read.selectFrom('sessions').select('last_seen_at').executeTakeFirstOrThrow()).last_seen_at
    time.now += 1000
    await sessions.find(value)
    await sessions.close()
    assert.equal(await seen(), created)
    time.now += 9000
    await sessions.find(value)
    assert.equal(await seen(), created)
    await sessions.close()
    assert.equal(await seen(), time.now)
  })

  it('ends with its user: disabled, signed out everywhere or deleted, at once and on every node [SE05 B-SESS-05]', async () => {
    for (const act of ['disable', 'signOutEverywhere', 'delete'] as const) {
      const { sessions, elsewhere, users, ada } = await open()
      const { value } = await sessions.create({ userId: ada })
      assert.notEqual(await elsewhere.find(value), null)
      await users[act](ada)
      for (const node of [sessions, elsewhere]) assert.equal(await node.find(value), null)
    }
  })

  it('shows a changed right at the next request', async () => {
    const { sessions, users, ada } = await open()
    const { value } = await sessions.create({ userId: ada })
    await users.update(ada, { isStaff: false, permissions: [] })
    const found = await sessions.find(value)
    assert.equal(found?.principal.isStaff, false)
    assert.deepEqual(found.principal.permissions, new Set())
  })

  it('is no good where the proof is older than what ended everything, as when the password was changed meanwhile [SE06]', async () => {
    const { sessions, users, ada, time } = await open()
    const before = time.now
    time.now += 500
    await users.signOutEverywhere(ada)
    const ended = time.now
    time.now += 500
    const late = await sessions.create({ userId: ada, authenticatedAt: before })
    const same = await sessions.create({ userId: ada, authenticatedAt: ended })
    const own = await sessions.create({ userId: ada, authenticatedAt: ended + 1 })
    assert.equal(await sessions.find(late.value), null)
    assert.equal(await sessions.find(same.value), null)
    assert.notEqual(await sessions.find(own.value), null)
  })

  it('gets a new id with each sign-in, ends the one of this browser, and takes over none that was planted [SE03 B-SESS-09]', async () => {
    const { sessions, ada, addUser } = await open()
    const first = await sessions.create({ userId: ada })
    const second = await sessions.create({ userId: ada, replaces: first.value })
    assert.notEqual(second.id, first.id)
    assert.equal(await sessions.find(first.value), null)
    assert.notEqual(await sessions.find(second.value), null)
    const eve = await sessions.create({ userId: formatId((await addUser()).id) })
    const third = await sessions.create({ userId: ada, replaces: eve.value })
    assert.equal((await sessions.find(third.value))?.principal.name, 'ada')
    assert.equal(await sessions.find(eve.value), null)
    for (const planted of ['x', '', `${second.value}x`, second.id, second.value.slice(0, -4) + 'AAAA']) {
      await sessions.create({ userId: ada, replaces: planted })
    }
    assert.notEqual(await sessions.find(second.value), null)
  })

  it('gets a new id when its user proves more; the end stays, and the old cookie is dead [SE03 B-SESS-20]', async () => {
    const { sessions, ada, time } = await open()
    const first = await sessions.create({ userId: ada })
    time.now += 60_000
    const second = await sessions.renew(first.id, ['otp', 'pwd'])
    assert.ok(second !== null)
    assert.equal(await sessions.find(first.value), null)
    const { auth } = (await sessions.find(second.value)) ?? {}
    assert.equal(auth?.id, second.id)
    assert.deepEqual(auth.amr, ['pwd', 'otp'])
    assert.equal(auth.authenticatedAt, time.now)
    assert.equal(auth.expiresAt, time.now - 60_000 + 30 * day)
    assert.notEqual(second.csrfToken, first.csrfToken)
    assert.equal(await sessions.renew(first.id, ['otp']), null)
    assert.equal(await sessions.renew('x', ['otp']), null)
  })

  it('is renewed once by twenty at once', async () => {
    const { sessions, ada } = await open()
    const { id } = await sessions.create({ userId: ada })
    const renewed = await Promise.all(Array.from({ length: 20 }, async () => sessions.renew(id, ['otp'])))
    assert.equal(renewed.filter((given) => given !== null).length, 1)
    assert.equal((await sessions.list(ada)).length, 1)
  })

  it('is not brought back by renewing it after its end', async () => {
    const { sessions, ada, time } = await open({ idle: 60 })
    const { id } = await sessions.create({ userId: ada })
    time.now += 60_000
    assert.equal(await sessions.renew(id, ['otp']), null)
  })

  it('is dead on every node once it is ended [SE04 LO09]', async () => {
    const { sessions, elsewhere, ada } = await open()
    const { value, id } = await sessions.create({ userId: ada })
    assert.equal(await sessions.end(id), true)
    for (const node of [sessions, elsewhere]) assert.equal(await node.find(value), null)
    assert.equal(await sessions.end(id), false)
    assert.equal(await sessions.end('x'), false)
  })

  it('is known by its value alone: the id of it, which tokens tell applications, lets nobody in [B-JRF-26]', async () => {
    const { sessions, ada } = await open()
    const { value, id } = await sessions.create({ userId: ada })
    const [device] = await sessions.list(ada)
    for (const told of [id, device?.signInId ?? '', value.slice(0, value.indexOf(id) + id.length)]) {
      assert.notEqual(told, '')
      assert.equal(await sessions.find(told), null, told)
    }
    assert.notEqual(await sessions.find(value), null)
  })

  it('is listed to its user as a device, and ended by them, but by no other user [SE08 B-SESS-12]', async () => {
    const { sessions, ada, addUser, time } = await open()
    const phone = await sessions.create({ userId: ada, address: '192.0.2.1', userAgent: 'Phone \u0000\u202e/1.0' })
    time.now += 1000
    const laptop = await sessions.create({ userId: ada, amr: ['pwd', 'otp'], userAgent: 'L'.repeat(5000) })
    const devices = await sessions.list(ada)
    assert.deepEqual(
      devices.map(({ id }) => id),
      [laptop.id, phone.id],
    )
    assert.equal(devices[0]?.userAgent?.length, 256)
    assert.deepEqual(devices[1], {
      id: phone.id,
      createdAt: time.now - 1000,
      authenticatedAt: time.now - 1000,
      expiresAt: time.now - 1000 + 30 * day,
      lastSeenAt: time.now - 1000,
      amr: ['pwd'],
      signInId: phone.id,
      address: '192.0.2.1',
      userAgent: 'Phone ??/1.0',
    })
    const eve = formatId((await addUser()).id)
    assert.equal(await sessions.end(phone.id, eve), false)
    assert.equal(await sessions.end(phone.id, 'x'), false)
    assert.notEqual(await sessions.find(phone.value), null)
    assert.equal(await sessions.end(phone.id, ada), true)
    assert.equal(await sessions.find(phone.value), null)
    assert.deepEqual(await sessions.list(eve), [])
    assert.deepEqual(await sessions.list('x'), [])
    time.now += 31 * day
    assert.deepEqual(await sessions.list(ada), [])
  })

  it('ends all of a user but one, and nobody else’s [SE06 SE08]', async () => {
    const { sessions, ada, addUser } = await open()
    const kept = await sessions.create({ userId: ada })
    const others = [await sessions.create({ userId: ada }), await sessions.create({ userId: ada })]
    const eve = await sessions.create({ userId: formatId((await addUser()).id) })
    assert.equal(await sessions.endOthers(ada, kept.id), 2)
    for (const { value } of others) assert.equal(await sessions.find(value), null)
    for (const { value } of [kept, eve]) assert.notEqual(await sessions.find(value), null)
    assert.equal(await sessions.endOthers(ada, kept.id), 0)
    assert.equal(await sessions.endOthers('x', kept.id), 0)
  })

  it('has a cookie that only this host reads, no script, and no other site sends with a form [SE01 B-SESS-19]', async () => {
    const { sessions, ada } = await open()
    const { value } = await sessions.create({ userId: ada })
    assert.equal(sessions.cookieName, '__Host-sessionid')
    assert.equal(
      sessions.cookie(value),
      `__Host-sessionid=${value}; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax`,
    )
    assert.match(sessions.clearedCookie(), /^__Host-sessionid=; Path=\/; Max-Age=0; Secure; HttpOnly; SameSite=Lax$/)
    const plain = (await open({ secure: false })).sessions
    assert.equal(plain.cookie(value), `sessionid=${value}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax`)
    assert.match(plain.clearedCookie(), /^sessionid=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax$/)
  })

  it('is in the audit log from its beginning to its end, without its secret', async () => {
    const { sessions, ada, database } = await open()
    const first = await sessions.create({ userId: ada, address: '192.0.2.1' })
    const second = await sessions.create({ userId: ada, replaces: first.value })
    const third = await sessions.renew(second.id, ['otp'])
    await sessions.create({ userId: ada })
    await sessions.endOthers(ada, third?.id ?? '')
    await sessions.end(third?.id ?? '')
    const rows = await database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('event', 'like', 'session.%')
      .orderBy('id')
      .execute()
    assert.deepEqual(
      rows.map(({ event }) => event),
      [
        'session.created',
        'session.ended',
        'session.created',
        'session.renewed',
        'session.created',
        'session.others_ended',
        'session.ended',
      ],
    )
    for (const { actor } of rows) assert.equal(actor, `user:${ada}`)
    assert.ok(!JSON.stringify(rows.map(({ detail, subject }) => [detail, subject])).includes(first.value.slice(-49)))
  })

  it('refuses times that would end or keep everything', async () => {
    const { database, clock } = await open()
    for (const wrong of [0, -1, Number.NaN, Infinity]) {
      assert.throws(() => createSessions({ database, format, csrf, clock, idle: wrong }), TypeError)
      assert.throws(() => createSessions({ database, format, csrf, clock, lifetime: wrong }), TypeError)
    }
  })
})

interface Opened extends Stage {
  readonly sessions: Sessions
  /** Those of another node. */
  readonly elsewhere: Sessions
  readonly users: Users
  readonly ada: string
  readonly adaId: bigint
}
