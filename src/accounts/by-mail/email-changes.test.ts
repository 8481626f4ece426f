import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Message } from '../../mail/message.ts'
import { parseId } from '../../storage/id.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { refusal } from '../refusal.contract.ts'
import { createUsers } from '../users.ts'
import { byMailStage, keyIn, linkIn, next, right } from './by-mail.contract.ts'
import { createEmailChanges } from './email-changes.ts'
import { createPasswordResets } from './password-resets.ts'

const home = { address: '198.51.100.7' }
const [old, wanted] = ['old@example.org', 'New@example.org']

onEachDatabase('createEmailChanges', (stage) => {
  async function open(username = 'ada') {
    const here = await byMailStage(stage)
    const { notify } = here.common
    assert.ok(notify !== undefined)
    const changes = createEmailChanges({ ...here.common, notify })
    const second = createEmailChanges({ ...here.secondCommon, notify })
    const resets = createPasswordResets(here.common)
    const ada = await here.users.create({ username, email: old, password: right, emailVerified: true })
    const by = { actor: `user:${ada.id}`, ...home }
    const ask = async (email = wanted): Promise<Message> => {
      await changes.request(ada.id, email, by)
      const [mail] = await here.mails()
      return mail ?? assert.fail()
    }
    const change = async (email = wanted): Promise<Message> => {
      await changes.confirm(keyIn(await ask(email)), by)
      return (await here.mails()).find(({ kind }) => kind === 'email_changed') ?? assert.fail()
    }
    const now = async () => {
      const { username: name, email, emailVerified } = (await here.users.find(ada.id)) ?? assert.fail()
      return [name, email, emailVerified]
    }
    return { ...here, changes, secondChanges: second, resets, ada, by, ask, change, now }
  }

  it('keeps the old address until the new one is proved, and tells the old one then [PW16 PW17 B-ACC-16]', async () => {
    const { changes, ask, ada, now, mails, by, events } = await open()
    const mail = await ask()
    assert.deepEqual([mail.to, mail.kind], [wanted, 'email_change'])
    assert.deepEqual(await now(), ['ada', old, true])
    assert.equal(await changes.waiting(ada.id), wanted)
    assert.deepEqual(await changes.find(keyIn(mail)), { username: 'ada', from: old, to: wanted })
    assert.deepEqual(await changes.confirm(keyIn(mail), by), { username: 'ada', from: old, to: wanted })
    assert.deepEqual(await now(), ['ada', wanted, true])
    assert.equal(await changes.waiting(ada.id), null)
    const [notice] = await mails()
    assert.deepEqual([notice?.to, notice?.subject], [old, 'Your e-mail address was changed'])
    assert.ok(linkIn(notice).startsWith('https://id.example/accounts/email/undo/?key='))
    assert.equal(await events('email.changed'), 1)
  })

  it('lets a username that is the address follow it', async () => {
    const { change, now } = await open(old)
    await change()
    assert.deepEqual(await now(), [wanted, wanted, true])
  })

  it('lets each link work once and for its purpose alone, of fifty at once for one [PW17]', async () => {
    const { changes, secondChanges, resets, ask, mails, by, events } = await open()
    const key = keyIn(await ask())
    for (const attempt of [async () => changes.undo(key), async () => resets.complete(key, next)]) {
      assert.deepEqual(Object.keys((await refusal(attempt())).body ?? {}), ['token'])
    }
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, n) => (n % 2 === 0 ? changes : secondChanges).confirm(key, by)),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal(await events('email.changed'), 1)
    const undo = keyIn((await mails())[0])
    for (const attempt of [async () => changes.confirm(undo), async () => resets.complete(undo, next)]) {
      assert.equal((await refusal(attempt())).status, 400)
    }
    const undone = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, n) => (n % 2 === 0 ? changes : secondChanges).undo(undo, by)),
    )
    assert.equal(undone.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  it('takes no link to the new address that is an hour old, or from before another was asked for or the password changed', async () => {
    const { changes, ask, passwords, ada, time, now } = await open()
    const first = keyIn(await ask())
    const second = keyIn(await ask('other@example.org'))
    assert.equal(await changes.find(first), null)
    time.now += 3_600_000
    assert.equal(await changes.find(second), null)
    const third = keyIn(await ask())
    await passwords.set(ada.id, next)
    assert.equal((await refusal(changes.confirm(third))).status, 400)
    const fourth = keyIn(await ask())
    await changes.cancel(ada.id, home)
    assert.equal(await changes.waiting(ada.id), null)
    assert.equal((await refusal(changes.confirm(fourth))).status, 400)
    assert.deepEqual(await now(), ['ada', old, true])
  })

  it('says the same for an address that has an account, and tells that one by mail [PW07 B-ACC-06 B-ACC-16]', async () => {
    const { changes, users, ada, by, mails, database, now } = await open()
    await users.create({ username: 'bob', email: 'bob@example.org', password: right })
    const rows = async () => (await database.read.selectFrom('mail_outbox').select('id').execute()).length
    for (const [index, email] of ['bob@example.org', 'free@example.org'].entries()) {
      assert.equal(await changes.request(ada.id, email, by), undefined)
      assert.equal(await changes.waiting(ada.id), email)
      assert.equal(await rows(), index + 1)
    }
    const [free, taken] = await mails()
    assert.deepEqual([free?.kind, taken?.kind, taken?.to], ['email_change', 'email_change_taken', 'bob@example.org'])
    assert.equal(linkIn(taken), '')
    assert.deepEqual(await now(), ['ada', old, true])
  })

  it('changes nothing where the address has got an account meanwhile [B-ACC-16]', async () => {
    const { changes, users, ask, now } = await open()
    const key = keyIn(await ask())
    await users.create({ username: 'bob', email: wanted })
    assert.equal((await refusal(changes.confirm(key))).code, 'conflict')
    assert.deepEqual(await now(), ['ada', old, true])
  })

  it('refuses what is no address, and the present one', async () => {
    const { changes, ada, by } = await open()
    for (const email of ['', 'ada', 'a@b,c@d', 'OLD@example.org']) {
      assert.deepEqual(Object.keys((await refusal(changes.request(ada.id, email, by))).body ?? {}), ['new_email'])
    }
    assert.equal((await refusal(changes.request('nobody', wanted, by))).code, 'not_found')
  })

  it('is undone from the old address: everyone is signed out, and a new password has to be chosen [PW17]', async () => {
    const { changes, resets, change, now, users, ada, passwords, database, mails } = await open(old)
    const undo = keyIn(await change())
    // Whoever made the change goes on, with all that was theirs.
    await passwords.set(ada.id, 'of a stranger here')
    const { resetKey, ...view } = await changes.undo(undo, home)
    assert.deepEqual(view, { username: wanted, from: wanted, to: old })
    assert.deepEqual(await now(), [old, old, true])
    const row = await database.read.selectFrom('users').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.must_change_password, 1)
    assert.notEqual(row.signed_out_at, null)
    await resets.complete(resetKey, next, home)
    assert.equal((await passwords.verify(old, next, home))?.id, ada.id)
    assert.equal(await passwords.verify(old, 'of a stranger here', home), null)
    assert.deepEqual(
      (await mails())
        .filter(({ kind }) => kind === 'email_change_undone')
        .map(({ to }) => to)
        .toSorted(),
      [wanted, old].toSorted(),
    )
    assert.equal((await users.find(ada.id))?.email, old)
  })

  it('takes with it, when it is undone, the ways in that a stranger has added, and leaves those from before', async () => {
    const { changes, change, ada, time, database } = await open()
    const user_id = parseId(ada.id) ?? 0n
    const passkey = async (name: string): Promise<void> => {
      const row = { transports: '', is_synced: 0, aaguid: '', rp_id: 'id.example', last_used_at: null, sign_count: 0 }
      const bytes = { credential_id: Buffer.from(name), public_key: Buffer.from(name) }
      await database.append({
        passkeys: { id: database.newId(), user_id, name, created_at: time.now, ...row, ...bytes },
      })
    }
    const app = { user_id, secret: Buffer.from('x'), last_step: 0, last_used_at: null }
    await passkey('own')
    await database.write(async (unit) => {
      await unit
        .insertInto('totp_devices')
        .values({ ...app, created_at: time.now })
        .execute()
    })
    time.now += 3 * 86_400_000
    await passkey('stranger’s')
    time.now += 60_000
    const undo = keyIn(await change())
    time.now += 60_000
    await passkey('another of the stranger')
    await changes.undo(undo, home)
    const left = await database.read.selectFrom('passkeys').select('name').execute()
    assert.deepEqual(left, [{ name: 'own' }])
    assert.equal((await database.read.selectFrom('totp_devices').selectAll().execute()).length, 1)
  })

  it('can be undone after further changes, from each address until it is over, and ends what waits', async () => {
    const { changes, change, ask, ada, now, time } = await open()
    const first = keyIn(await change('second@example.org'))
    time.now += 1000
    const second = keyIn(await change('third@example.org'))
    await ask('fourth@example.org')
    await changes.undo(first, home)
    assert.deepEqual(await now(), ['ada', old, true])
    assert.equal(await changes.waiting(ada.id), null)
    assert.equal((await refusal(changes.undo(second))).status, 400)
    const third = keyIn(await change('fifth@example.org'))
    time.now += 259_200_000
    assert.equal(await changes.findUndo(third), null)
    assert.equal((await refusal(changes.undo(third))).status, 400)
  })

  it('lets an address that can be gone back to be nobody else’s, and its own user’s again [B-ACC-16]', async () => {
    const { changes, change, users, mails, now } = await open()
    await change()
    const bob = await users.create({ username: 'bob', email: 'bob@example.org' })
    await changes.request(bob.id, old, { ...home, actor: `user:${bob.id}` })
    assert.equal((await mails())[0]?.kind, 'email_change_taken')
    await change(old)
    assert.deepEqual(await now(), ['ada', old, true])
  })

  it('kills links to a new password and codes from before [PW10]', async () => {
    const { resets, change, mails, empty } = await open()
    await resets.request(old, home)
    const key = keyIn((await mails())[0])
    await empty()
    await change()
    assert.equal(await resets.find(key), null)
  })

  it('tells the old address with a link back of a change that an administrator made, where it was proved', async () => {
    const { common, changes, mails, database, clock, ada } = await open()
    const { accessTokenLifetime, hasher } = common
    const { tellOldAddress } = changes
    const users = createUsers({ database, clock, hasher, accessTokenLifetime, tellOldAddress })
    await users.update(ada.id, { email: 'Other@example.org' }, { actor: 'user:00000000001' })
    const [notice] = await mails()
    assert.deepEqual([notice?.to, notice?.kind], [old, 'email_changed'])
    const key = keyIn(notice)
    assert.deepEqual(await changes.findUndo(key), { username: 'ada', from: 'Other@example.org', to: old })
    await changes.undo(key, home)
    const back = await users.find(ada.id)
    assert.deepEqual([back?.email, back?.emailVerified], [old, true])
    assert.equal((await refusal(changes.undo(key, home))).code, 'invalid')
    // Nobody has shown that this one is theirs: it may be a slip of the pen, and a stranger's.
    await users.update(ada.id, { email: 'slip@example.org', emailVerified: false })
    await users.update(ada.id, { email: null })
    const [second] = await mails()
    assert.deepEqual([second?.to, second?.kind], ['slip@example.org', 'email_changed'])
    assert.doesNotMatch(JSON.stringify(second), /email\/undo/)
  })
})
