import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mailServer } from '../../mail/smtp-server.contract.ts'
import { adminStage } from '../admin-api.contract.ts'
import { type Console, openConsole } from '../console.contract.ts'

describe('mail in the console', () => {
  it('is tested by a message to oneself, and the step of the overview ticks itself once it was taken (A2)', async () => {
    const server = await mailServer()
    await using at = await openConsole({ settings: { smtpUrl: server.url } })
    const { instance } = at.doorward
    assert.equal(await stepOf(at), 'To do')
    assert.match((await at.staff.get('/admin/mail/')).text, /no e-mail address[^]*id="add-address"/)
    await instance.users.update(at.staffUser.id, { email: 'staff@example.org' })
    const page = await at.staff.get('/admin/mail/')
    assert.ok(page.text.includes(new URL(server.url).host))
    assert.match((await at.staff.submit(page, 'test')).text, /A test is on its way to staff@example\.org/)
    await instance.mail.deliver()
    assert.deepEqual(server.received.at(-1)?.to, ['staff@example.org'])
    assert.match((await at.staff.get('/admin/mail/')).text, /The mail server took it/)
    assert.equal(await stepOf(at), 'Done')
  })

  it('shows why a test was not taken, and takes no second one meanwhile', async () => {
    const server = await mailServer()
    server.refusal = { code: 451, message: '4.7.1 greylisted' }
    await using at = await openConsole({ settings: { smtpUrl: server.url } })
    await at.doorward.instance.users.update(at.staffUser.id, { email: 'staff@example.org' })
    const page = await at.staff.get('/admin/mail/')
    await at.staff.submit(page, 'test')
    await at.doorward.instance.mail.deliver()
    const waits = await at.staff.get('/admin/mail/')
    assert.match(waits.text, /On its way[^]*greylisted/)
    const again = await at.staff.submit(waits, 'test')
    assert.equal(again.status, 400)
    assert.match(again.text, /A test is on its way already/)
    assert.equal(await stepOf(at), 'To do')
  })

  it('says what is to be set where none is sent', async () => {
    await using at = await openConsole()
    assert.match((await at.staff.get('/admin/')).text, /No mail server is set so far/)
    const page = await at.root.get('/admin/mail/')
    assert.match(page.text, /none is set: development mode shows mail instead of sending it/)
    assert.match(page.text, /href="\/admin\/settings\/#smtpUrl"/)
    assert.equal((await (await at.signedIn(at.ada)).get('/admin/mail/')).status, 403)
  })

  it('is tested, read and told by JSON too', async () => {
    const server = await mailServer()
    await using stage = await adminStage({ settings: { smtpUrl: server.url } })
    const { call, superuser, staff, user, doorward } = stage
    assert.equal((await call(staff, 'POST', 'mail/tests/')).status, 409)
    await doorward.instance.users.update(superuser.id, { email: 'root@example.org' })
    const asked = await call(superuser, 'POST', 'mail/tests/')
    assert.deepEqual([asked.status, asked.json['is_waiting']], [202, true])
    assert.equal((await call(superuser, 'POST', 'mail/tests/')).status, 409)
    await doorward.instance.mail.deliver()
    const { json } = await call(staff, 'GET', 'mail/')
    assert.deepEqual(
      [json['server'], json['is_open'], json['is_proved'], json['waiting'], json['given_up']],
      [new URL(server.url).host, true, true, 0, []],
    )
    const overview = await call(staff, 'GET', 'overview/')
    const steps = overview.json['steps'] as readonly { readonly text: string; readonly is_done: boolean }[]
    assert.equal(steps.find(({ text }) => text === 'Test the mail')?.is_done, true)
    for (const path of ['mail/', 'overview/']) {
      assert.equal((await call(user, 'GET', path)).status, 403)
      assert.equal((await call(null, 'GET', path)).status, 401)
    }
    assert.equal((await call(user, 'POST', 'mail/tests/')).status, 403)
  })
})

/** How the step stands on the overview. */
async function stepOf({ staff }: Console): Promise<string | undefined> {
  const { text } = await staff.get('/admin/')
  return /<span class="badge \w+">([^<]+)<\/span>\s*(?:<a [^>]*>)?Test the mail/.exec(text)?.[1]
}
