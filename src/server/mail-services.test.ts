import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mailFinding } from '../cli/doctor-mail.ts'
import { pino } from 'pino'
import { mailServer } from '../mail/smtp-server.contract.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { openInstance } from './instance.ts'
import { refuseWithoutMail, withoutMail } from './mail-services.ts'
import { readSettings, SettingsInvalid } from './settings.ts'

const publicUrl = 'https://id.example.com'

describe('mail of a server', () => {
  it('goes to the mail server of the settings, from the host of the public address', async () => {
    const server = await mailServer()
    await using doorward = await createTestDoorward({ settings: { publicUrl, smtpUrl: server.url } })
    const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org' })
    await doorward.instance.passwords.set(ada.id, 'another long one')
    await doorward.instance.mail.deliver()
    assert.deepEqual(
      server.received.map(({ from, to }) => [from, to]),
      [['no-reply@id.example.com', ['ada@example.org']]],
    )
    assert.match(server.received[0]?.raw ?? '', /https:\/\/id\.example\.com\/accounts\/password\/reset\//)
  })

  it('that is not taken is logged without whom it was for, and with what the server replied', async () => {
    const server = await mailServer()
    const lines: string[] = []
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    const settings = readSettings({ publicUrl, smtpUrl: server.url, secret: 'x'.repeat(16) + 'abcdefghijklmnop' })
    const database = await openSqlite({ path: ':memory:' })
    const instance = await openInstance(settings, { database, log })
    server.refusal = { code: 451, message: '4.7.1 <ada@example.org>: greylisted' }
    const ada = await instance.users.create({
      username: 'ada',
      email: 'ada@example.org',
      password: 'a long enough one',
    })
    await instance.passwords.set(ada.id, 'another long one')
    await instance.mail.deliver()
    await instance.close()
    const [line] = lines.filter((one) => one.includes('mail could not be sent'))
    assert.match(line ?? '', /greylisted/)
    assert.ok(!lines.join().includes('ada@example.org'))
  })

  it('waits in the outbox in development, and is not written where it would go nowhere', async () => {
    for (const [settings, count] of [
      [{}, 1],
      [{ publicUrl }, 0],
    ] as const) {
      await using doorward = await createTestDoorward({ settings })
      const ada = await doorward.users.create({ username: 'ada', email: 'ada@example.org' })
      await doorward.instance.passwords.set(ada.id, 'another long one')
      assert.equal((await doorward.instance.mail.outbox.list()).length, count)
    }
  })

  it('goes to the old address where an administrator gives an account another [PW16]', async () => {
    await using doorward = await createTestDoorward()
    const { users, mail } = doorward.instance
    const ada = await doorward.users.create({ username: 'ada', email: 'old@example.org' })
    const bob = await doorward.users.create({ username: 'bob' })
    await users.update(ada.id, { email: 'OLD@example.org' }, { actor: 'user:x' })
    await users.update(bob.id, { email: 'bob@example.org' }, { actor: 'user:x' })
    assert.deepEqual(await mail.outbox.list(), [])
    await users.update(ada.id, { email: 'new@example.org' }, { actor: 'user:x' })
    await users.update(ada.id, { email: null }, { actor: 'user:x' })
    const all = (await mail.outbox.list()).map(({ message }) => message)
    assert.deepEqual(
      all.map(({ to, kind }) => [to, kind]),
      [
        ['new@example.org', 'email_changed'],
        ['OLD@example.org', 'email_changed'],
      ],
    )
    assert.match(JSON.stringify(all), /an administrator/)
  })

  it('that is lacking is named at the start and by doctor, and so is a server that does not answer', async () => {
    assert.match(withoutMail(readSettings({ publicUrl })) ?? '', /No mail server is set/)
    assert.match(withoutMail(readSettings({})) ?? '', /\/accounts\/outbox\//)
    assert.equal(withoutMail(readSettings({ smtpUrl: 'smtp://localhost' })), null)
    const finding = async (given: Readonly<Record<string, unknown>>) => mailFinding(readSettings(given))
    assert.equal((await finding({ publicUrl })).verdict, 'warning')
    assert.match((await finding({ publicUrl })).fix ?? '', /DOORWARD_SMTP_URL/)
    const server = await mailServer()
    assert.deepEqual(await finding({ smtpUrl: server.url }), { verdict: 'ok', what: 'The mail server answers.' })
    assert.equal(server.received.length, 0)
    await server.close()
    assert.equal((await finding({ smtpUrl: server.url })).verdict, 'problem')
  })

  it('is needed by what is done by mail, and a start without it is refused with the setting that asks for it', () => {
    for (const given of [{ signUp: 'open' }, { emailVerification: 'mandatory' }, { emailCodes: true }]) {
      const [name = ''] = Object.keys(given)
      assert.throws(
        () => refuseWithoutMail(readSettings({ publicUrl, ...given })),
        (error: unknown) => {
          assert.ok(error instanceof SettingsInvalid)
          assert.match(error.message, new RegExp(`${name} needs a mail server`))
          return true
        },
      )
      refuseWithoutMail(readSettings(given))
      refuseWithoutMail(readSettings({ publicUrl, smtpUrl: 'smtp://localhost', ...given }))
    }
  })

  it('settings are refused where they cannot be', () => {
    for (const given of [
      { smtpUrl: 'http://mail.example.com' },
      { passwordResetLifetime: '2h' },
      { signUp: 'on' },
      { mailsPerAccount: 'often' },
      { breachedPasswordsUrl: 'ftp://x' },
    ]) {
      assert.throws(() => readSettings(given), SettingsInvalid)
    }
    assert.equal(readSettings({ passwordResetLifetime: '30m' }).passwordResetLifetime, 1800)
  })
})
