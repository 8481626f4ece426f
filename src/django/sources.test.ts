import assert from 'node:assert/strict'
import { constants } from 'node:buffer'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { dumpdataSource } from './dumpdata-source.ts'
import { openSource } from './open-source.ts'
import { rowsOf, SourceUnreadable } from './source.ts'
import { userTable } from './user-table.ts'

describe('a source of an import', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-sources-'))
  after(() => rmSync(folder, { recursive: true }))
  const refused = async (work: () => Promise<unknown>, why: RegExp): Promise<void> =>
    assert.rejects(work, (error) => error instanceof SourceUnreadable && why.test(error.message))

  it('says what is wrong with a file or an address that is none', async () => {
    const file = (name: string, content: string | Buffer): string => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    await refused(async () => openSource(join(folder, 'nowhere')), /cannot be read\. Name a file, or postgres:/)
    await refused(async () => openSource(folder), /cannot be read/)
    await refused(async () => openSource(file('a', '')), /is no list of objects|is no JSON/)
    await refused(async () => openSource(file('b', '{"users": []}')), /Object 1 of .* is none of dumpdata/)
    await refused(async () => openSource(file('c', '[{"model": "auth.user", "pk": 1, "fields": {}}')), /cut off/)
    await refused(
      async () => openSource(file('d', Buffer.from([0xff, 0xfe, 0]))),
      /neither a SQLite database nor a text/,
    )
    await refused(async () => openSource(file('e', 'SQLite format 3\0and then nothing')), /no SQLite database/)
    await refused(async () => openSource('postgres://nobody@127.0.0.1:1/none'), /cannot be reached: .*ECONNREFUSED/)
    const twice = JSON.stringify([1, 2, 1].map((pk) => ({ model: 'auth.user', pk, fields: {} })))
    await refused(async () => openSource(file('g', twice)), /auth\.user 1 is in .* twice/)
    truncateSync(file('h', '[]'), constants.MAX_STRING_LENGTH + 1)
    await refused(async () => openSource(join(folder, 'h')), /too large\. Name the database/)
    const natural = JSON.stringify([{ model: 'auth.user', pk: 1, fields: { groups: [['editors']] } }])
    await refused(async () => {
      const source = await openSource(file('f', natural))
      for await (const _ of rowsOf(source, 'auth_user_groups', 'user_id'));
    }, /--natural-foreign/)
  })

  it('tells no password of the address', async () => {
    const failure = openSource('postgres://nobody:open-sesame@127.0.0.1:1/none')
    await assert.rejects(failure, (error: Error) => !error.message.includes('sesame'))
  })

  it('reads one object a line as well', async () => {
    const lines = [1, 2].map((pk) => JSON.stringify({ model: 'auth.user', pk, fields: { username: `u${pk}` } }))
    const source = dumpdataSource(lines.join('\n'))
    const names = []
    for await (const row of rowsOf(source, 'auth_user', 'id')) names.push(row['username'])
    assert.deepEqual(names, ['u1', 'u2'])
  })

  it('has its users in the one table with passwords, whatever the model is called', async () => {
    const path = join(folder, 'custom.sqlite3')
    const database = new DatabaseSync(path)
    const user = 'id integer primary key, password text, last_login datetime, is_active bool, email text'
    database.exec(`create table people_person (${user})`)
    database.exec('create table people_person_groups (id integer, person_id integer, group_id integer)')
    let source = await openSource(path)
    assert.deepEqual(userTable(source, {}), {
      name: 'people_person',
      groups: { table: 'people_person_groups', userColumn: 'person_id' },
      permissions: { table: 'people_person_user_permissions', userColumn: 'user_id' },
      nameColumn: 'email',
    })
    assert.throws(
      () => userTable(source, { nameColumn: 'handle' }),
      /has no column handle\. Name it: --username-column/,
    )
    assert.throws(() => userTable(source, { table: 'auth_user' }), /There is no table auth_user/)
    await source.close()

    database.exec(`create table shop_customer (${user})`)
    source = await openSource(path)
    assert.throws(() => userTable(source, {}), /people_person, shop_customer\. Name it: --user-table TABLE/)
    assert.equal(userTable(source, { table: 'shop_customer' }).name, 'shop_customer')
    await source.close()

    database.exec(`create table auth_user (${user}, username text)`)
    source = await openSource(path)
    assert.deepEqual([userTable(source, {}).name, userTable(source, {}).nameColumn], ['auth_user', 'username'])
    await source.close()
    database.close()
  })
})
