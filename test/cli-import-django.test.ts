import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createDoorward } from '../src/cli/doorward.contract.ts'
import { dumpdata, writeSqlite } from '../src/django/django-project.contract.ts'

const { folder, run, remove } = createDoorward()
after(remove)

describe('doorward import-django', () => {
  const [file, dump] = [join(folder, 'db.sqlite3'), join(folder, 'dump.json')]
  writeSqlite(file)
  writeFileSync(dump, dumpdata())

  it('tells what would come, takes it over, and tells what came before', async () => {
    const planned = await run(['import-django', file, '--dry-run'])
    assert.equal(planned.code, 0, planned.stderr)
    assert.match(planned.stdout, /^users +19 +17 +0 +2$/m)
    assert.match(planned.stdout, /^ {2}PBKDF2: \d+$/m)
    assert.match(planned.stdout, /^ {2}Alice \(40\): Here it is the same name as that of alice \(4\)/m)
    assert.match(planned.stdout, /^Nothing was done yet\.$/m)
    assert.match((await run(['list-users'])).stdout, /^id +username/)

    const done = await run(['import-django', file])
    assert.equal(done.code, 0, done.stderr)
    assert.match(done.stdout, /^users +19 +17 +0 +2$/m)
    assert.match((await run(['list-users', '--search', 'alice'])).stdout, /alice@example\.test/)
    // Anybody could have written it into their account.
    const owned = await run(['create-organisation', 'Acme', '--owner', 'scrypt1@example.test'])
    assert.equal(owned.code, 1)
    assert.match(owned.stderr, /^Nobody has verified that scrypt1@example\.test is their address/)
    assert.equal((await run(['create-organisation', 'Acme', '--owner', 'scrypt1'])).code, 0)
    const again = await run(['import-django', dump, '--json'])
    const { kinds, isDone } = JSON.parse(again.stdout) as { kinds: { kind: string; known: number }[]; isDone: boolean }
    assert.deepEqual([kinds.find(({ kind }) => kind === 'users')?.known, isDone], [17, true])
    assert.match((await run(['verify-audit'])).stdout, /whole/)
    for (const { stdout, stderr } of [planned, done, again]) {
      assert.doesNotMatch(
        stdout + stderr,
        /38b8bed1|secret-cc|pbkdf2_sha256\$|argon2id\$/,
        'no secret is on the screen',
      )
    }
  })

  it('shows what somebody is called, and lets no name write on the screen as it likes', async () => {
    const names = ['eve\u001b[2J', 'mallory\nusers  19  19  0  0', 'trent\u009b31m', 'wal\u202eter']
    const users = names.map((username, at) => ({
      model: 'auth.user',
      pk: at + 1,
      fields: { username, email: '', password: '!', is_active: true, last_login: null },
    }))
    const hostile = join(folder, 'hostile.json')
    writeFileSync(hostile, JSON.stringify(users))
    const { code, stdout, stderr } = await run(['import-django', hostile, '--dry-run', '--name', 'hostile'])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^users +4 +0 +0 +4$/m)
    assert.match(stdout, /^ {2}eve\\u\{1b\}\[2J \(1\): /m)
    assert.match(stdout, /^ {2}mallory\\u\{a\}users {2}19/m)
    assert.match(stdout, /^ {2}wal\\u\{202e\}ter \(4\): /m)
    assert.doesNotMatch(stdout, /[^\P{C}\n]/u)
  })

  it('says what is wrong in a line, and what to do', async () => {
    for (const [words, code, expected] of [
      [['import-django', 'nowhere.sqlite3'], 1, /^nowhere\.sqlite3 cannot be read\. Name a file, or postgres:/],
      [['import-django', file, '--user-table', 'people'], 1, /^There is no table people in /],
      [['import-django', file, '--username-column', 'handle'], 1, /has no column handle\. Name it: --username-column/],
      [['import-django', file, '--client-scope', 'notes'], 2, /^There is no scope notes\. Name one of oauthScopes\./],
      [['import-django'], 2, /missing required argument/],
    ] as const) {
      const ended = await run([...words])
      assert.deepEqual([ended.code, ended.stdout], [code, ''], ended.stderr)
      assert.match(ended.stderr, expected)
    }
  })
})
