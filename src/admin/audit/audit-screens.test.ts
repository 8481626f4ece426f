import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../../../test/services/server-process.ts'
import { openConsole } from '../console.contract.ts'

describe('the audit log in the console', () => {
  it('is searched by who, what, where and when, and each event has an address that stays (AD07)', async () => {
    await using at = await openConsole()
    await at.staff.submit(await at.staff.get(`/admin/users/${at.ada.id}/disable/`), 'disable')
    const all = await at.staff.get('/admin/audit/')
    assert.match(all.text, /user\.disabled/)
    const mine = await at.staff.get('/admin/audit/?event=user.disabled&actor=grace')
    const [, link = ''] = /href="(\/admin\/audit\/[0-9A-Za-z]{11}\/)"/.exec(mine.text) ?? []
    const event = await at.staff.get(link)
    assert.match(event.text, /<h1>user\.disabled<\/h1>/)
    assert.match(event.text, />grace</)
    assert.match(event.text, />ada</)
    assert.match(event.text, /127\.0\.0\.1/)
    const [, request = ''] = /\?request=([\w-]+)"/.exec(event.text) ?? []
    assert.match((await at.staff.get(`/admin/audit/?request=${request}`)).text, /user\.disabled/)
    assert.match((await at.staff.get('/admin/audit/?subject=ada&event=user.')).text, /user\.disabled/)
    for (const query of ['actor=nobody', 'until=2020-01-01', 'text=%25%25no', 'address=203.0.113.9', 'event=nothing']) {
      assert.match((await at.staff.get(`/admin/audit/?${query}`)).text, /Nothing matched/, query)
    }
    assert.equal((await at.staff.get('/admin/audit/?after=forged')).status, 400)
    assert.equal((await at.staff.get('/admin/audit/?from=soon&until=never')).status, 200)
    assert.equal((await at.staff.get('/admin/audit/00000000001/')).status, 404)
  })

  it('is taken away as CSV and JSON, all of it, with nothing that a spreadsheet would run', async () => {
    await using at = await openConsole()
    const { database } = at.doorward.instance
    await database.write(async (unit) => {
      for (let made = 0; made < 2500; made += 1) {
        await database.audit(unit, {
          event: 'test.made',
          actor: '=HYPERLINK("x")',
          subject: `thing:${made}`,
          detail: { made },
        })
      }
    })
    const csv = await at.staff.get('/admin/audit/export/?format=csv&event=test.made')
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/)
    assert.match(csv.headers.get('content-disposition') ?? '', /attachment/)
    const lines = csv.text.trimEnd().split('\r\n')
    assert.equal(lines.length, 2501)
    assert.match(lines[0] ?? '', /^id,time,event/)
    assert.match(lines[1] ?? '', /"'=HYPERLINK\(""x""\)"/)
    const json = await at.staff.get('/admin/audit/export/?format=json&event=test.made')
    const events = json.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { subject: string })
    assert.equal(new Set(events.map(({ subject }) => subject)).size, 2500)
    const ada = await at.signedIn(at.ada)
    assert.equal((await ada.get('/admin/audit/export/')).status, 403)
  })

  it('is checked by a superuser, and shows where it was changed', async () => {
    await using at = await openConsole()
    assert.equal((await at.staff.get('/admin/audit/verify/')).status, 403)
    const page = await at.root.get('/admin/audit/verify/')
    const result = async () => {
      await at.root.submit(page, 'verify')
      return eventually(async () => {
        const { text } = await at.root.get('/admin/audit/verify/')
        assert.doesNotMatch(text, /id="running"/)
        return text
      })
    }
    assert.match(await result(), /Whole/)
    const { database } = at.doorward.instance
    await database.write(async (unit) => {
      await unit.updateTable('audit_events').set({ actor: 'user:else' }).where('event', '=', 'user.created').execute()
    })
    assert.match(await result(), /Broken[^]*changed/)
  })
})

describe('sessions in the console', () => {
  it('are listed by user, and end; those of administrators by a superuser alone', async () => {
    await using at = await openConsole()
    const ada = await at.signedIn(at.ada)
    const list = await at.staff.get('/admin/sessions/?user=ada')
    assert.match((await at.staff.submit(list, 'end')).text, /The session has ended\./)
    assert.match((await ada.get('/account/devices/')).path, /^\/accounts\/login\//)
    assert.match((await at.staff.submit(list, 'end')).text, /had ended already/)
    const ofRoot = await at.staff.get('/admin/sessions/?user=root')
    assert.equal((await at.staff.submit(ofRoot, 'end')).status, 403)
    assert.match((await at.staff.get('/admin/sessions/?user=nobody')).text, /signed in nowhere/)
    assert.equal((await at.staff.get('/admin/sessions/?after=forged')).status, 400)
  })
})

describe('signing keys in the console', () => {
  it('are shown as previous, current and next, and exchanged by a superuser who types a word', async () => {
    await using at = await openConsole()
    const { signingKeys } = at.doorward.instance
    const shown = await at.staff.get('/admin/signing-keys/')
    assert.match(shown.text, /Only a superuser may exchange them/)
    assert.equal((await at.staff.get('/admin/signing-keys/rotate/')).status, 403)
    const page = await at.root.get('/admin/signing-keys/')
    assert.match((await at.root.submit(page, 'stage')).text, /The next keys are published/)
    const before = signingKeys.current().kid
    const asked = await at.root.get('/admin/signing-keys/rotate/')
    assert.equal((await at.root.submit(asked, 'rotate-now', { typed: 'Rotate' })).status, 400)
    assert.match((await at.root.submit(asked, 'rotate-now', { typed: 'rotate' })).text, /New keys sign from now on/)
    assert.notEqual(signingKeys.current().kid, before)
    await at.doorward.clock.advance('1s')
    const retire = await at.root.get(`/admin/signing-keys/${before}/retire/`)
    assert.match((await at.root.submit(retire, 'retire', { typed: 'retire' })).text, /what it signed is refused/)
    const current = await at.root.get(`/admin/signing-keys/${signingKeys.current().kid}/retire/`)
    assert.equal((await at.root.submit(current, 'retire', { typed: 'retire' })).status, 409)
    const none = await at.root.get('/admin/signing-keys/none/retire/')
    assert.equal((await at.root.submit(none, 'retire', { typed: 'retire' })).status, 404)
    assert.match((await at.root.get('/admin/signing-keys/')).text, /signing_key\.rotated/)
    await at.doorward.clock.advance('601s')
    // Who proved themselves long ago proves it again first.
    assert.match((await at.root.get('/admin/signing-keys/rotate/')).path, /^\/accounts\/(?:login|confirm)\//)
  })
})
