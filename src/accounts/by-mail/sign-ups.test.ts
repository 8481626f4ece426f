import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { refusal } from '../refusal.contract.ts'
import { byMailStage, keyIn, linkIn, next, right } from './by-mail.contract.ts'
import { createEmailVerifications } from './email-verifications.ts'
import { createSignUps } from './sign-ups.ts'

const home = { address: '198.51.100.7' }

onEachDatabase('createSignUps', (stage) => {
  async function open(options: Partial<Parameters<typeof createSignUps>[0]> = {}) {
    const here = await byMailStage(stage)
    const verifications = createEmailVerifications(here.common)
    const signUps = createSignUps({ ...here.common, verifications, mode: 'open', ...options })
    const rows = async () => here.database.read.selectFrom('users').selectAll().orderBy('id').execute()
    const outboxRows = async () => (await here.database.read.selectFrom('mail_outbox').select('id').execute()).length
    return { ...here, verifications, signUps, rows, outboxRows }
  }

  it('makes an account with the address as its name, not verified, and mails a link that verifies it', async () => {
    const { signUps, verifications, rows, mails, passwords, events } = await open()
    await signUps.signUp({ email: ' Ada@Example.org ', password: next }, home)
    const [row] = await rows()
    assert.deepEqual(
      [
        row?.username,
        row?.email,
        row?.email_key,
        row?.email_verified,
        row?.is_active,
        row?.is_staff,
        row?.is_superuser,
      ],
      ['Ada@Example.org', 'Ada@Example.org', 'ada@example.org', 0, 1, 0, 0],
    )
    assert.notEqual(await passwords.verify('ada@example.org', next, home), null)
    const [mail] = await mails()
    assert.deepEqual([mail?.kind, mail?.to], ['email_verification', 'Ada@Example.org'])
    assert.deepEqual(await verifications.confirm(keyIn(mail), home), { email: 'Ada@Example.org', next: null })
    assert.equal((await rows())[0]?.email_verified, 1)
    assert.deepEqual([await events('user.created'), await events('email.verified')], [1, 1])
  })

  it('answers the same for an address that is taken, and tells its owner [PW07 B-ACC-04]', async () => {
    const { signUps, users, rows, mails, outboxRows } = await open()
    await users.create({ username: 'ada', email: 'ada@example.org', password: right })
    await users.create({ username: 'off', email: 'off@example.org', password: right, isActive: false })
    const before = await rows()
    for (const [index, email] of ['ADA@example.org', 'off@example.org'].entries()) {
      assert.equal(await signUps.signUp({ email, password: next }, home), undefined)
      assert.equal(await outboxRows(), index + 1)
    }
    assert.deepEqual(await rows(), before)
    assert.deepEqual(
      (await mails()).map(({ to, kind }) => [to, kind]),
      [['ada@example.org', 'sign_up_taken']],
    )
  })

  it('makes one account of fifty at once for one address [B-ACC-04]', async () => {
    const { signUps, rows, mails } = await open()
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) =>
        signUps.signUp({ email: n % 2 === 0 ? 'ada@example.org' : 'ADA@example.org', password: next }, home),
      ),
    )
    assert.equal((await rows()).length, 1)
    const kinds = (await mails()).map(({ kind }) => kind)
    assert.deepEqual([kinds.filter((kind) => kind === 'email_verification').length, kinds.length], [1, 50])
  })

  it('holds passwords to the rules, for every address alike [PW01 PW03 PW04 PW07 B-ACC-22]', async () => {
    const { signUps, users, rows } = await open()
    await users.create({ username: 'ada', email: 'ada@example.org', password: right })
    for (const email of ['ada@example.org', 'new@example.org']) {
      for (const password of ['', 'short', 'password1234', email, 'x'.repeat(1_000_000)]) {
        const error = await refusal(signUps.signUp({ email, password }, home))
        assert.deepEqual([error.status, Object.keys(error.body ?? {})], [400, ['password']])
      }
      await signUps.signUp({ email, password: 'ä 🗝'.repeat(32) }, home)
    }
    assert.equal((await rows()).length, 2)
  })

  it('makes nothing of an address that mail cannot be sent to [B-ACC-07]', async () => {
    const { signUps, rows } = await open()
    for (const email of ['', 'ada', 'ada@x,y@z', '"ada"@example.org', 'a b@example.org', 'ada@example.org\n']) {
      const trial = signUps.signUp({ email, password: next }, home)
      if (email.endsWith('\n')) await trial
      else assert.deepEqual(Object.keys((await refusal(trial)).body ?? {}), ['email'])
    }
    assert.deepEqual(
      (await rows()).map(({ email }) => email),
      ['ada@example.org'],
    )
  })

  it('takes two addresses that only look alike for two people [B-ACC-07]', async () => {
    const { signUps, rows, mails } = await open()
    for (const email of ['mike@example.org', 'mıke@example.org', 'mike@ехample.org']) {
      await signUps.signUp({ email, password: next }, home)
    }
    assert.equal((await rows()).length, 3)
    assert.deepEqual((await mails()).map(({ to }) => to).toReversed(), [
      'mike@example.org',
      'mıke@example.org',
      'mike@ехample.org',
    ])
  })

  it('is closed unless it is opened, and by invitation for who was invited alone', async () => {
    for (const mode of ['off', 'invitation'] as const) {
      const { signUps, rows } = await open({ mode })
      assert.equal((await refusal(signUps.signUp({ email: 'ada@example.org', password: next }, home))).status, 404)
      assert.equal(await signUps.isOpen(null), false)
      assert.deepEqual(await rows(), [])
    }
    const invitations = async (token: string) =>
      token === 'good' ? { email: 'Ada@example.org', sentence: 'Bob invites you to Acme.' } : null
    const { signUps, rows } = await open({ mode: 'invitation', invitations })
    const signUp = async (email: string, invitation: string) =>
      signUps.signUp({ email, password: next, invitation }, home)
    assert.equal((await refusal(signUp('ada@example.org', 'bad'))).status, 404)
    assert.deepEqual(Object.keys((await refusal(signUp('eve@example.org', 'good'))).body ?? {}), ['email'])
    await signUp('ada@example.org', 'good')
    assert.deepEqual(
      (await rows()).map(({ email, email_verified: verified }) => [email, verified]),
      [['ada@example.org', 0]],
    )
  })

  it('asks for terms and a username where the settings do, and says that a username is taken', async () => {
    const { signUps, users, rows, database } = await open({
      terms: { text: 'Be kind.', url: null, version: '2' },
      usernames: true,
    })
    await users.create({ username: 'ada', password: right })
    const values = { email: 'ada@example.org', password: next }
    assert.deepEqual(Object.keys((await refusal(signUps.signUp(values, home))).body ?? {}), ['terms', 'username'])
    const taken = signUps.signUp({ ...values, username: 'ADA', accepts: true }, home)
    assert.deepEqual((await refusal(taken)).body, { username: ['This username is taken.'] })
    const foreign = signUps.signUp({ ...values, username: 'bob@example.org', accepts: true }, home)
    assert.deepEqual(Object.keys((await refusal(foreign)).body ?? {}), ['username'])
    await signUps.signUp({ ...values, username: 'lovelace', accepts: true }, home)
    assert.deepEqual(
      (await rows()).map(({ username }) => username),
      ['ada', 'lovelace'],
    )
    const event = await database.read
      .selectFrom('audit_events')
      .select('detail')
      .where('event', '=', 'user.created')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    assert.match(event.detail, /"terms":"[0-9a-f]{16}"/)
  })

  it('carries no message of whoever signs up to the address that they name: not as a link, and not for long', async () => {
    const { signUps, mails } = await open({ usernames: true })
    const username = `You have won. See https://evil.example/claim today ${'!'.repeat(150)}`
    for (const isByPasskey of [false, true]) {
      const email = `victim-${isByPasskey}@example.org`
      await signUps.signUp({ email, username: `${username}${isByPasskey}`, password: next, isByPasskey }, home)
      const told = JSON.stringify((await mails())[0]?.parts.filter((part) => typeof part === 'string'))
      assert.match(told, /You have won/)
      assert.doesNotMatch(told, /https:\/\/evil|evil\.example|!{50}/)
    }
  })

  it('says of one of two who take a username at once that it is taken, and makes the other', async () => {
    const { signUps, rows } = await open({ usernames: true })
    const results = await Promise.allSettled(
      ['a', 'b'].map(async (name) =>
        signUps.signUp({ email: `${name}@example.org`, username: 'ada', password: next }, home),
      ),
    )
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    assert.equal((await rows()).length, 1)
  })

  it('stores no password where none was chosen, and no blank one [B-ACC-15]', async () => {
    const { signUps, rows, passwords } = await open({ passwordless: true })
    await signUps.signUp({ email: 'ada@example.org' }, home)
    assert.equal((await rows())[0]?.password_hash, null)
    assert.equal(await passwords.verify('ada@example.org', '', home), null)
    assert.equal(await passwords.verify('ada@example.org', 'null', home), null)
  })

  it('keeps an address for whoever may still go back to it [B-ACC-16]', async () => {
    const { signUps, users, links, database, rows, time } = await open()
    await users.create({ username: 'ada', email: 'new@example.org', password: right })
    const user = (await rows()).find(({ username }) => username === 'ada')
    assert.ok(user !== undefined)
    await database.write(async (unit) =>
      links.issue(unit, {
        purpose: 'email_undo',
        user,
        email: 'old@example.org',
        emailKey: 'old@example.org',
        lifetime: 60,
      }),
    )
    await signUps.signUp({ email: 'old@example.org', password: next }, home)
    assert.equal((await rows()).length, 1)
    time.now += 60_000
    await signUps.signUp({ email: 'old@example.org', password: next }, home)
    assert.equal((await rows()).length, 2)
  })
})

onEachDatabase('createEmailVerifications', (stage) => {
  async function open(options: Partial<Parameters<typeof createEmailVerifications>[0]> = {}) {
    const here = await byMailStage(stage)
    const verifications = createEmailVerifications({ ...here.common, ...options })
    const second = createEmailVerifications({ ...here.secondCommon, ...options })
    const ada = await here.users.create({ username: 'ada', email: 'ada@example.org', password: right })
    const isVerified = async () => (await here.users.find(ada.id))?.emailVerified
    const ask = async () => {
      await verifications.request('ada@example.org', home)
      return keyIn((await here.mails())[0])
    }
    return { ...here, verifications, secondVerifications: second, ada, isVerified, ask }
  }

  it('verifies by a link that works once, of fifty at once on two nodes for one [B-ACC-12]', async () => {
    const { verifications, secondVerifications, ask, isVerified, events } = await open()
    const key = await ask()
    assert.deepEqual(await verifications.find(key), { email: 'ada@example.org', next: null })
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, n) =>
        (n % 2 === 0 ? verifications : secondVerifications).confirm(key, home),
      ),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal(await isVerified(), true)
    assert.equal(await events('email.verified'), 1)
    assert.deepEqual((await refusal(verifications.confirm(key, home))).body, {
      token: ['This link does not work any more. Ask for a new one.'],
    })
  })

  it('takes no link that is over, changed, or for an address that is another by now [B-ACC-12 B-ACC-20]', async () => {
    const { verifications, ask, users, ada, time, isVerified } = await open()
    const old = await ask()
    time.now += 259_200_000
    const key = await ask()
    for (const bad of [old, '', `${key}x`, `${key.slice(0, 12)}${key.slice(13)}0`]) {
      assert.equal(await verifications.find(bad), null)
      assert.equal((await refusal(verifications.confirm(bad, home))).status, 400)
    }
    await users.update(ada.id, { email: 'other@example.org' })
    assert.equal((await refusal(verifications.confirm(key, home))).status, 400)
    assert.equal(await isVerified(), false)
  })

  it('outlives a change of the password, and not the account', async () => {
    const { verifications, ask, passwords, users, ada, isVerified } = await open()
    const key = await ask()
    await passwords.set(ada.id, next)
    await verifications.confirm(key, home)
    assert.equal(await isVerified(), true)
    await users.update(ada.id, { emailVerified: false })
    const again = await ask()
    await users.disable(ada.id)
    assert.equal((await refusal(verifications.confirm(again, home))).status, 400)
  })

  it('mails whoever is not verified, and says the same to everyone else [PW07 B-ACC-20]', async () => {
    const { verifications, users, ada, mails, empty, database } = await open()
    await users.create({ username: 'done', email: 'done@example.org', emailVerified: true })
    await users.create({ username: 'off', email: 'off@example.org', isActive: false })
    for (const email of ['ada@example.org', 'done@example.org', 'off@example.org', 'nobody@example.org']) {
      assert.equal(await verifications.request(email, home), undefined)
    }
    assert.deepEqual(
      (await mails()).map(({ to }) => to),
      ['ada@example.org'],
    )
    assert.equal((await database.read.selectFrom('mail_outbox').select('id').execute()).length, 4)
    await empty()
    assert.equal(await verifications.send(ada.id, home), true)
    await users.update(ada.id, { emailVerified: true })
    assert.equal(await verifications.send(ada.id, home), false)
    assert.equal(await verifications.send('nobody', home), false)
    assert.equal((await mails()).length, 1)
    assert.ok(linkIn((await mails())[0]).includes('/accounts/verify-email/?key='))
  })
})
