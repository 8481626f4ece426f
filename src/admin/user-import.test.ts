import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openConsole } from './console.contract.ts'
import { readCsv } from './read-csv.ts'

describe('importing users', () => {
  it('looks at a CSV file first and makes nobody, then makes the rows that are good and says what of the others', async () => {
    await using at = await openConsole()
    const { users } = at.doorward.instance
    const file = [
      'username,email,email_verified,is_active,permissions,is_staff',
      'bob,bob@example.org,yes,yes,notes.add notes.change,',
      '"carol ""c""",,,no,,',
      'ADA,,,,,',
      'bob,other@example.org,,,,',
      'eve,not an address,,,,',
      'mallory,,,,,yes',
      ',,,,,',
    ].join('\r\n')
    const page = await at.staff.get('/admin/users/import/')
    const dry = await at.staff.submit(page, 'dry-run', { file })
    assert.equal(dry.status, 200, dry.text)
    assert.match(dry.text, /2 of 6 rows would be made, and 4 left out\./)
    assert.equal(await users.findByLogin('bob'), null)
    const done = await at.staff.submit(dry, 'import')
    assert.match(done.text, /2 users are made\. 4 rows were left out\./)
    assert.match(done.text, /a user of this name or address already/)
    assert.match(done.text, /in the file already, as row 1/)
    assert.match(done.text, /Administrators are made on their own page/)
    const bob = await users.findByLogin('bob')
    assert.deepEqual(
      [bob?.emailVerified, bob?.hasPassword, bob?.isStaff, bob?.permissions],
      [true, false, false, ['notes.add', 'notes.change']],
    )
    assert.equal((await users.findByLogin('carol "c"'))?.isActive, false)
    assert.equal(await users.findByLogin('mallory'), null)
    assert.equal((await at.staff.submit(dry, 'import')).status, 409)
  })

  it('takes JSON, and says what is wrong with a file that is neither', async () => {
    await using at = await openConsole()
    const page = await at.staff.get('/admin/users/import/')
    const json = JSON.stringify([
      { username: 'bob', permissions: ['notes.add'] },
      { email: 'eve@example.org' },
      { username: 7 },
    ])
    const dry = await at.staff.submit(page, 'dry-run', { file: json })
    assert.match(dry.text, /3 of 3 rows would be made/)
    for (const file of [
      '',
      '[',
      '{"users": 1}',
      '[1]',
      'name;mail\na;b',
      'username\n"open',
      `username\n${'a\n'.repeat(600)}`,
    ]) {
      const refused = await at.staff.submit(page, 'dry-run', { file })
      assert.equal(refused.status, 400, file.slice(0, 20))
      assert.match(refused.text, /href="#file"/)
    }
    const constructor = await at.staff.submit(page, 'dry-run', {
      file: '[{"__proto__": {"username": "x"}, "username": "<script>"}]',
    })
    assert.match(constructor.text, /&lt;script&gt;/)
  })

  it('reads CSV as RFC 4180 has it', () => {
    assert.deepEqual(readCsv('\u{feff}a,b\r\n"1,""2""\n3",\n\n'), [
      ['a', 'b'],
      ['1,"2"\n3', ''],
    ])
    assert.equal(readCsv('"a'), null)
    assert.deepEqual(readCsv(''), [])
  })
})
