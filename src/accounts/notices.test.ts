import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { createSealer } from '../crypto/seal.ts'
import type { Message } from '../mail/message.ts'
import { createOutbox } from '../mail/outbox.ts'
import { render } from '../mail/render.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase } from '../tokens/databases.contract.ts'
import { createNotices, type NoticeKind } from './notices.ts'
import { createPasswords } from './passwords.ts'

const right = 'kfwzqpxmvj'

onEachDatabase('createNotices', (stage) => {
  async function open() {
    const here = await stage()
    const { database, clock } = here
    const outbox = createOutbox({
      database,
      clock,
      sealer: createSealer({ secret: randomBytes(32).toString('base64') }),
    })
    const notify = createNotices({ outbox, clock, baseUrl: 'https://id.example' })
    const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })
    const passwords = createPasswords({ database, clock, hasher, guard: false, notify })
    const hash = await hasher.hash(right)
    const ada = await here.addUser({
      username: 'ada',
      email: 'Ada@example.org',
      email_key: 'ada@example.org',
      password_hash: hash,
    })
    const mails = async (): Promise<readonly Message[]> => (await outbox.list()).map(({ message }) => message)
    return { ...here, notify, passwords, ada, mails }
  }

  it('tells the user of a change of the password, when and from where, and what to do about it [PW16]', async () => {
    const { passwords, ada, mails } = await open()
    const by = { actor: `user:${formatId(ada.id)}`, address: '198.51.100.7' }
    await passwords.change(formatId(ada.id), { current: right, next: 'another long one' }, by)
    const [mail] = await mails()
    assert.ok(mail !== undefined)
    assert.deepEqual(
      [mail.to, mail.kind, mail.subject],
      ['Ada@example.org', 'password_changed', 'Your password was changed'],
    )
    const { text } = await render(mail, 'Acme')
    for (const fact of ['Account: ada', 'By: you', 'From: 198.51.100.7']) assert.ok(text.includes(fact), fact)
    assert.match(text, /When: \d{4}-\d\d-\d\d \d\d:\d\d UTC/)
    assert.match(text, /^https:\/\/id\.example\/accounts\/password\/reset\/$/m)
    assert.ok(!text.includes(right) && !text.includes('another long one'))
  })

  it('tells who did it where it was somebody else [PW16]', async () => {
    const { passwords, ada, mails } = await open()
    await passwords.set(formatId(ada.id), 'another long one', { actor: 'user:0IXlrmD1lNg' })
    await passwords.set(formatId(ada.id), 'one more long one')
    const texts = await Promise.all((await mails()).map(async (mail) => (await render(mail, 'Acme')).text))
    assert.match(texts[1] ?? '', /By: an administrator/)
    assert.match(texts[0] ?? '', /By: the system/)
  })

  it('writes nothing of what did not happen', async () => {
    const { passwords, ada, mails } = await open()
    const change = async (current: string, next: string) => passwords.change(formatId(ada.id), { current, next }, {})
    await assert.rejects(change('wrong', 'another long one'))
    await assert.rejects(change(right, 'short'))
    assert.deepEqual(await mails(), [])
  })

  it('tells nobody where there is no address, or no such user', async () => {
    const { database, notify, addUser, mails } = await open()
    const bob = await addUser({ username: 'bob' })
    await database.write(async (unit) => {
      await notify(unit, bob.id, 'factor_added', {})
      await notify(unit, database.newId(), 'factor_added', {})
    })
    assert.deepEqual(await mails(), [])
  })

  it('has words for every kind, and goes to an old address where it is told to [PW16]', async () => {
    const { database, notify, ada, mails } = await open()
    const kinds: readonly NoticeKind[] = [
      'password_changed',
      'password_set',
      'password_reset',
      'email_changed',
      'email_change_undone',
      'factor_added',
      'factor_removed',
      'passkey_added',
      'passkey_removed',
      'recovery_codes_made',
      'recovery_code_used',
      'sign_in_linked',
      'sign_in_unlinked',
      'account_joined',
      'account_ended',
    ]
    await database.write(async (unit) => {
      for (const kind of kinds) {
        await notify(unit, ada.id, kind, {}, { to: 'old@example.org', what: 'Key\nBcc: x', more: ['More.'] })
      }
    })
    const all = await mails()
    assert.equal(new Set(all.map(({ subject }) => subject)).size, kinds.length)
    for (const mail of all) {
      assert.equal(mail.to, 'old@example.org')
      assert.match((await render(mail, 'Acme')).text, /What: Key Bcc: x[^]*More\./)
    }
  })
})
