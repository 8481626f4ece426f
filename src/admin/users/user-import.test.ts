import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formsIn, person } from '../../screens/person.contract.ts'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'
import { readCsv } from '../read-csv.ts'

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
      `username\n${'a\n'.repeat(20_001)}`,
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

describe('importing users with password hashes (A6)', () => {
  const hash = 'pbkdf2_sha256$1000$seasalt$DrdiWD40lyBuydnjvZiDrdQMx1S1mOA9O0QYex0R6ww='
  const file = [
    'username,email,password_hash',
    `bob,,${hash}`,
    'carol,,"$2b$12$abcdefghijklmnopqrstuuSomethingThatIsNoHashWeKnow1234567"',
    'dave,,!unusable',
    'ada,,',
    'bob,,',
  ].join('\n')

  it('counts them by kind, those who need a link and those who are here already, and lets their owners in', async () => {
    await using at = await openConsole()
    const dry = await at.root.submit(await at.root.get('/admin/users/import/'), 'dry-run', { file })
    assert.match(dry.text, /1 with a password hash: PBKDF2 of Django</)
    assert.match(dry.text, /1 with a password hash: bcrypt, which cannot be verified here/)
    assert.match(dry.text, /2 will have to set a password by a link/)
    assert.match(dry.text, /2 left out because they are in the file twice, or here already/)
    const [, rejected = ''] = /download="rejected\.csv"\s*href="([^"]+)"/.exec(dry.text) ?? []
    const lines = decodeURIComponent(rejected.slice(rejected.indexOf(',') + 1)).split('\r\n')
    assert.deepEqual(lines.slice(0, 2), [
      'row,username,email,reason',
      '4,ada,,There is a user of this name or address already.',
    ])
    assert.ok(!decodeURIComponent(rejected).includes('pbkdf2'))
    assert.match((await at.root.submit(dry, 'import')).text, /3 users are made/)
    const { users, database } = at.doorward.instance
    assert.deepEqual(
      await Promise.all(['bob', 'carol', 'dave'].map(async (name) => (await users.findByLogin(name))?.hasPassword)),
      [true, false, false],
    )
    const bob = person(at.base)
    assert.match((await bob.signIn('bob', 'correct horse battery')).path, /^\/account\/devices\//)
    const row = await database.read
      .selectFrom('users')
      .select('password_hash')
      .where('username', '=', 'bob')
      .executeTakeFirst()
    assert.match(row?.password_hash ?? '', /^\$argon2id\$/)
  })

  it('lets somebody in whose hash is one of bcrypt, and makes it anew', async () => {
    await using at = await openConsole()
    const bcrypt = 'bcrypt_sha256$$2b$05$abcdefghijklmnopqrstuuaLmJx18DEZ6NPDAAY2wKOsRV8hznHWe'
    const text = `username,password_hash\ncarl,${bcrypt}`
    const dry = await at.root.submit(await at.root.get('/admin/users/import/'), 'dry-run', { file: text })
    assert.match(dry.text, /1 with a password hash: bcrypt</)
    await at.root.submit(dry, 'import')
    assert.match((await person(at.base).signIn('carl', 'sésame opeN')).path, /^\/accounts\/login\//)
    assert.match((await person(at.base).signIn('carl', 'sésame open')).path, /^\/account\//)
    const hashes = at.doorward.instance.database.read.selectFrom('users').select('password_hash')
    const row = await hashes.where('username', '=', 'carl').executeTakeFirst()
    assert.match(row?.password_hash ?? '', /^\$argon2id\$/)
    assert.match((await person(at.base).signIn('carl', 'sésame open')).path, /^\/account\//)
  })

  it('takes none from staff, who would know the password of somebody else', async () => {
    await using at = await openConsole()
    const page = await at.staff.get('/admin/users/import/')
    assert.match(page.text, /Only a superuser may import password hashes/)
    const dry = await at.staff.submit(page, 'dry-run', { file })
    assert.match(dry.text, /2 of 5 rows would be made/)
    assert.match(dry.text, /Only a superuser may import password hashes/)
  })

  it('takes a file of some megabytes, and says how large one may be', async () => {
    await using at = await openConsole()
    const page = await at.staff.get('/admin/users/import/')
    const [form] = formsIn(page).filter(({ fields }) => fields['action'] === 'dry-run')
    const upload = async (text: string, path = '/admin/users/import/') => {
      const body = new FormData()
      for (const [name, value] of Object.entries(form?.fields ?? {})) if (name !== 'upload') body.append(name, value)
      body.append('upload', new Blob([text], { type: 'text/csv' }), 'users.csv')
      const cookie = [...at.staff.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { cookie, origin: new URL(at.base).origin, 'sec-fetch-site': 'same-origin', accept: 'text/html' }
      const answer = await fetch(at.base + path, { method: 'POST', headers, body })
      return { status: answer.status, text: await answer.text() }
    }
    const long = `username,permissions\n${Array.from({ length: 3000 }, (_, index) => `user${index},${'x'.repeat(90)}`).join('\n')}`
    assert.ok(long.length > 250_000)
    const dry = await upload(long)
    assert.equal(dry.status, 200)
    assert.match(dry.text, /3000 of 3000 rows would be made/)
    assert.match(dry.text, /And 2800 more rows/)
    const tooLong = await upload('x'.repeat(10 * 2 ** 20 + 1))
    assert.equal(tooLong.status, 413)
    assert.match(tooLong.text, /10 MiB at most/)
    // Elsewhere, neither so much nor files.
    assert.equal((await upload(long, '/admin/users/new/')).status, 413)
    assert.equal((await upload('a', '/admin/users/new/')).status, 415)
  })
})

describe('POST /api/admin/users/import/ [A6]', () => {
  it('makes many users, or tells what would become of each', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser, doorward } = stage
    const hash = 'pbkdf2_sha256$1000$seasalt$DrdiWD40lyBuydnjvZiDrdQMx1S1mOA9O0QYex0R6ww='
    const users = [{ username: 'bob', password_hash: hash }, { username: 'carol' }, { username: 'ada' }, { email: 'x' }]
    const dry = await call(superuser, 'POST', 'users/import/', { users, dry_run: true })
    assert.deepEqual(
      [dry.json['made'], dry.json['without_password'], dry.json['hashes']],
      [2, 1, [{ kind: 'PBKDF2 of Django', count: 1, is_usable: true }]],
    )
    assert.equal(await doorward.instance.users.findByLogin('bob'), null)
    const byStaff = await call(staff, 'POST', 'users/import/', { users })
    assert.deepEqual(
      (byStaff.json['left_out'] as readonly Record<string, unknown>[]).map(({ row }) => row),
      [1, 3, 4],
    )
    const many = Array.from({ length: 2000 }, (_, index) => ({
      username: `many${index}`,
      permissions: ['x'.repeat(90)],
    }))
    assert.equal((await call(staff, 'POST', 'users/import/', { users: many, dry_run: true })).json['made'], 2000)
    for (const body of [{}, { users: [] }, { users: 'all' }, { users: [1] }]) {
      assert.equal((await call(staff, 'POST', 'users/import/', body)).status, 400)
    }
  })
})
