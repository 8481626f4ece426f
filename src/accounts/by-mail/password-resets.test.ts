import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Throttled } from '../../core/errors.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { refusal } from '../refusal.contract.ts'
import { baseUrl, byMailStage, keyIn, linkIn, next, right } from './by-mail.contract.ts'
import { createPasswordResets } from './password-resets.ts'

const home = { address: '198.51.100.7' }

onEachDatabase('createPasswordResets', (stage) => {
  async function open(options: Partial<Parameters<typeof createPasswordResets>[0]> = {}) {
    const here = await byMailStage(stage)
    const resets = createPasswordResets({ ...here.common, ...options })
    const secondResets = createPasswordResets({ ...here.secondCommon, ...options })
    const ada = await here.users.create({
      username: 'ada',
      email: 'Ada@Example.org',
      password: right,
      emailVerified: true,
    })
    const ask = async (email = 'ada@example.org'): Promise<string> => {
      await resets.request(email, home)
      return keyIn((await here.mails()).find(({ kind }) => kind === 'password_reset'))
    }
    const addSession = async () => {
      const [id, now] = [here.database.newId(), here.time.now]
      const user = here.database.read.selectFrom('users').select('id').where('username', '=', 'ada')
      const user_id = (await user.executeTakeFirstOrThrow()).id
      const times = { created_at: now, last_seen_at: now, expires_at: now + 1e9, authenticated_at: now }
      const rest = {
        digest: new Uint8Array(32),
        amr: 'pwd',
        address: null,
        user_agent: null,
        address_key: null,
        sign_in_id: id,
      }
      await here.database.append({ sessions: { id, user_id, ...times, ...rest } })
    }
    const sessions = async () => (await here.database.read.selectFrom('sessions').select('id').execute()).length
    const signsIn = async (password: string) => (await here.passwords.verify('ada', password, home)) !== null
    return { ...here, resets, secondResets, ada, ask, addSession, sessions, signsIn }
  }

  it('mails a link to the address as it is stored, however it was typed [PW10 B-ACC-07 B-ACC-23]', async () => {
    const { ask, mails, empty } = await open()
    for (const typed of ['ada@example.org', ' ADA@EXAMPLE.ORG ', 'ａda@example.org']) {
      await empty()
      // The full-width letter is one that two addresses could differ in: mail goes to the one that is stored.
      await ask(typed).catch(() => undefined)
      for (const { to } of await mails()) assert.equal(to, 'Ada@Example.org')
    }
    await empty()
    await ask()
    const [mail] = await mails()
    assert.ok(linkIn(mail).startsWith(`${baseUrl}/accounts/password/reset/confirm/?key=dw_mail_`))
    // 128 bits at least: 43 characters of base 62 are 256.
    assert.match(keyIn(mail), /^dw_mail_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$/)
  })

  it('sets the password, ends what was given before, and tells the user [PW10 PW16 SE06]', async () => {
    const { resets, ask, signsIn, mails, events } = await open()
    const key = await ask()
    assert.deepEqual(await resets.find(key), { username: 'ada', email: 'Ada@Example.org', next: null })
    assert.deepEqual(await resets.complete(key, next, home), {
      username: 'ada',
      email: 'Ada@Example.org',
      next: null,
      hasEnded: true,
    })
    assert.ok(await signsIn(next))
    assert.ok(!(await signsIn(right)))
    assert.equal((await mails())[0]?.kind, 'password_reset')
    assert.equal((await mails())[0]?.subject, 'Your password was reset')
    assert.equal(await events('password.reset'), 1)
  })

  it('ends sessions from before by default, and keeps them where that is asked for [SE06]', async () => {
    const { resets, ask, addSession, sessions, time } = await open()
    await addSession()
    time.now += 1000
    await resets.complete(await ask(), next, home, { endSessions: false })
    assert.equal(await sessions(), 1)
    time.now += 1000
    await resets.complete(await ask(), `${next} again`, home)
    assert.equal(await sessions(), 0)
  })

  it('lets a link work once, of fifty at once on two nodes for one [PW10 B-ACC-08]', async () => {
    const { resets, secondResets, ask, events } = await open()
    const key = await ask()
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, n) =>
        (n % 2 === 0 ? resets : secondResets).complete(key, `${next} ${n}`, home),
      ),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal(await events('password.reset'), 1)
    assert.equal(await resets.find(key), null)
    assert.deepEqual(Object.keys((await refusal(resets.complete(key, next, home))).body ?? {}), ['token'])
  })

  it('lets no link live for more than its time, an hour at most [PW10]', async () => {
    const { resets, ask, time, common } = await open()
    const key = await ask()
    time.now += 3_599_999
    assert.notEqual(await resets.find(key), null)
    time.now += 1
    assert.equal(await resets.find(key), null)
    assert.equal((await refusal(resets.complete(key, next, home))).status, 400)
    assert.throws(() => createPasswordResets({ ...common, lifetime: 3601 }), /at most 3600/)
  })

  it('lets a link die with the password, the address, the account, and the next sign-in [PW10 B-ACC-08]', async () => {
    const { resets, ask, users, passwords, ada, addSession, links, database, time } = await open()
    const kills: readonly (() => Promise<unknown>)[] = [
      async () => passwords.set(ada.id, `${right} other`),
      async () => users.update(ada.id, { email: 'ada2@example.org' }),
      async () => users.update(ada.id, { email: 'ada@example.org' }),
      addSession,
      async () => {
        const row = await database.read
          .selectFrom('users')
          .select('id')
          .where('username', '=', 'ada')
          .executeTakeFirstOrThrow()
        await links.signedIn(row.id)
      },
      async () => users.disable(ada.id),
    ]
    let address = 'ada@example.org'
    for (const [index, kill] of kills.entries()) {
      time.now += 1000
      const key = await ask(address)
      assert.notEqual(await resets.find(key), null, `${index}`)
      await kill()
      address = (await users.find(ada.id))?.email ?? ''
      assert.equal(await resets.find(key), null, `${index}`)
      assert.equal((await refusal(resets.complete(key, next, home))).status, 400)
    }
  })

  it('takes no link that was changed, cut or made for something else, and none in another form [PW17 B-ACC-12]', async () => {
    const { resets, ask, links, database } = await open()
    const key = await ask()
    const user = await database.read
      .selectFrom('users')
      .selectAll()
      .where('username', '=', 'ada')
      .executeTakeFirstOrThrow()
    const other = await database.write(async (unit) =>
      links.issue(unit, {
        purpose: 'email_verification',
        user,
        email: user.email,
        emailKey: user.email_key,
        lifetime: 60,
      }),
    )
    const twin = key.endsWith('a') ? `${key.slice(0, -1)}b` : `${key.slice(0, -1)}a`
    for (const bad of [
      '',
      'x',
      key.slice(1),
      `${key} `,
      twin,
      key.toUpperCase(),
      other.text,
      key.replace('_mail_', '_ses_'),
      'a'.repeat(100_000),
    ]) {
      assert.equal(await resets.find(bad), null)
      assert.equal((await refusal(resets.complete(bad, next, home))).status, 400)
    }
    assert.notEqual(await resets.find(key), null)
  })

  it('keeps the link where the password is against the rules [PW01 PW03 B-ACC-22]', async () => {
    const { resets, ask } = await open()
    const key = await ask()
    for (const bad of ['', 'short', 'password1234', 'ada@example.org', 'x'.repeat(5000)]) {
      const error = await refusal(resets.complete(key, bad, home, { field: 'new_password1' }))
      assert.deepEqual([error.status, Object.keys(error.body ?? {})], [400, ['new_password1']])
    }
    await resets.complete(key, 'paß wörd 🗝 with spaces', home)
  })

  it('says and does the same for an address that nobody has, and for one who is disabled [PW07 B-ACC-05 B-ACC-09 B-ACC-23]', async () => {
    const { resets, users, database, mails, ada } = await open()
    await users.create({ username: 'off', email: 'off@example.org', password: right, isActive: false })
    const outboxes: number[] = []
    for (const email of ['ada@example.org', 'nobody@example.org', 'off@example.org']) {
      assert.equal(await resets.request(email, home), undefined)
      outboxes.push((await database.read.selectFrom('mail_outbox').select('id').execute()).length)
    }
    // Each leaves one row behind, of which those for nobody are never sent.
    assert.deepEqual(outboxes, [1, 2, 3])
    assert.deepEqual(
      (await mails()).map(({ to }) => to),
      ['Ada@Example.org'],
    )
    const asked = await database.read
      .selectFrom('audit_events')
      .select('subject')
      .where('event', '=', 'password.reset_asked')
      .orderBy('id')
      .execute()
    assert.deepEqual(
      asked.map(({ subject }) => subject),
      [`user:${ada.id}`, 'unknown', 'unknown'],
    )
  })

  it('tells somebody without an account just that, where it is set so, and still nobody who is disabled [B-ACC-09]', async () => {
    const { resets, users, mails } = await open({ mailUnknown: true })
    await users.create({ username: 'off', email: 'off@example.org', password: right, isActive: false })
    await resets.request('Nobody@example.org', home)
    await resets.request('off@example.org', home)
    const all = await mails()
    assert.deepEqual(
      all.map(({ to, kind }) => [to, kind]),
      [['Nobody@example.org', 'no_account']],
    )
    assert.equal(linkIn(all[0]), `${baseUrl}/accounts/login/`)
  })

  it('refuses what is no address, and whoever asks too often, before anything is looked up', async () => {
    const asked: string[] = []
    const { resets, mails } = await open({
      limit: async ({ emailKey }) => {
        asked.push(emailKey)
        if (asked.length > 1) throw new Throttled(60)
      },
    })
    for (const email of ['', 'ada', 'ada@', 'a@b,c@d', 'ada@example.org\nbcc:x@y', `${'x'.repeat(300)}@example.org`]) {
      assert.deepEqual(Object.keys((await refusal(resets.request(email, home))).body ?? {}), ['email'])
    }
    assert.deepEqual(asked, [])
    await resets.request('ADA@example.org', home)
    await assert.rejects(resets.request('ada@example.org', home), Throttled)
    await assert.rejects(resets.request('nobody@example.org', home), Throttled)
    assert.deepEqual(asked, ['ada@example.org', 'ada@example.org', 'nobody@example.org'])
    assert.equal((await mails()).length, 1)
  })

  it('gives a first password to somebody who had none, and verifies the address that the link was read at [B-ACC-15]', async () => {
    const proven: bigint[] = []
    const { resets, users, passwords, mails } = await open({
      onFirstProof: async (_unit, userId) => void proven.push(userId),
    })
    const bob = await users.create({ username: 'bob', email: 'bob@example.org' })
    assert.equal(bob.hasPassword, false)
    await resets.request('bob@example.org', home)
    await resets.complete(keyIn((await mails())[0]), next, home)
    const after = await users.find(bob.id)
    assert.deepEqual([after?.hasPassword, after?.emailVerified], [true, true])
    assert.equal((await passwords.verify('bob', next, home))?.id, bob.id)
    assert.equal(proven.length, 1)
  })

  it('is sent or shown by administrators, and a link that was not mailed proves no address', async () => {
    const { resets, users, mails, events } = await open()
    const bob = await users.create({ username: 'bob', email: 'bob@example.org' })
    const none = await users.create({ username: 'none' })
    const root = await users.create({ username: 'root', isSuperuser: true })
    await resets.send(bob.id, { actor: `user:${root.id}` })
    assert.equal((await mails())[0]?.to, 'bob@example.org')
    assert.equal((await refusal(resets.send(none.id, {}))).code, 'conflict')
    assert.equal((await refusal(resets.send('nobody', {}))).code, 'not_found')
    const { url } = await resets.link(bob.id, { actor: `user:${root.id}` })
    await resets.complete(new URL(url).searchParams.get('key') ?? '', next, home)
    assert.equal((await users.find(bob.id))?.emailVerified, false)
    await users.disable(bob.id)
    assert.equal((await refusal(resets.link(bob.id, {}))).code, 'conflict')
    assert.deepEqual([await events('password.reset_sent'), await events('password.reset_shown')], [1, 1])
  })

  it('ends what administrators asked for: a password that had to be changed is changed', async () => {
    const { resets, ask, database } = await open()
    await database.write(async (unit) => unit.updateTable('users').set({ must_change_password: 1 }).execute())
    const flag = async () =>
      (
        await database.read
          .selectFrom('users')
          .select('must_change_password')
          .where('username', '=', 'ada')
          .executeTakeFirstOrThrow()
      ).must_change_password
    assert.equal(await flag(), 1)
    await resets.complete(await ask(), next, home)
    assert.equal(await flag(), 0)
  })
})
