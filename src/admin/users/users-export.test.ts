import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openConsole } from '../console.contract.ts'

describe('the list of users as a file (A3)', () => {
  it('has those that the list shows, a line each, with nothing that a spreadsheet would run', async () => {
    await using at = await openConsole()
    const { instance } = at.doorward
    const group = await instance.groups.create({ name: 'Editors', permissions: [] })
    await instance.groups.add(group.id, at.ada.id, {})
    await instance.users.create({ username: '=1+1', isActive: false, permissions: ['notes.add', 'notes.view'] })
    for (let made = 0; made < 210; made += 1) await instance.users.create({ username: `user${made}` })
    const page = await at.staff.get(`/admin/users/?group=${group.id}`)
    const [, address = ''] = /id="export-csv" href="([^"]*)"/.exec(page.text) ?? []
    const editors = await at.staff.get(address.replaceAll('&amp;', '&'))
    assert.match(editors.headers.get('content-disposition') ?? '', /attachment; filename="users\.csv"/)
    const [heads, row, end] = editors.text.split('\r\n')
    assert.equal(
      heads,
      'id,username,email,email_verified,is_active,is_staff,is_superuser,permissions,has_second_factor,created_at,last_login_at,source',
    )
    assert.match(row ?? '', new RegExp(`^${at.ada.id},ada,ada@example\\.org,false,true,false,false,,`))
    assert.equal(end, '')
    const disabled = await at.staff.get('/admin/users/export/?status=disabled')
    assert.match(disabled.text, /,'=1\+1,,false,false,false,false,notes\.add notes\.view,false,/)
    const json = await at.staff.get('/admin/users/export/?format=json')
    const users = json.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly username: string })
    assert.equal(users.length, 214)
    assert.equal(new Set(users.map(({ username }) => username)).size, 214)
    assert.doesNotMatch(json.text, /password|hash/)
  })

  it('is in the log with what was asked for, is for staff alone, and asks for a fresh proof', async () => {
    await using at = await openConsole()
    const ada = await at.signedIn(at.ada)
    assert.equal((await ada.get('/admin/users/export/')).status, 403)
    await at.staff.get('/admin/users/export/?search=ad')
    const { database } = at.doorward.instance
    const log = database.read.selectFrom('audit_events').selectAll().where('event', '=', 'users.exported')
    const [event, ...others] = await log.execute()
    assert.deepEqual([event?.actor, others.length], [`user:${at.staffUser.id}`, 0])
    assert.deepEqual(JSON.parse(event?.detail ?? ''), { format: 'csv', search: 'ad' })
    const [id = ''] =
      /\/admin\/audit\/0\w+\//.exec((await at.staff.get('/admin/audit/?event=users.exported')).text) ?? []
    assert.match((await at.staff.get(id)).text, /users\.exported/)
    await at.doorward.clock.advance('11m')
    assert.match((await at.staff.get('/admin/users/export/')).path, /^\/accounts\/confirm\//)
    assert.equal((await log.execute()).length, 1)
  })
})
