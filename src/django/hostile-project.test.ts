import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { sql } from 'kysely'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { jwt } from './django-project.contract.ts'
import { openSource } from './open-source.ts'
import { runImport } from './run-import.contract.ts'
import { rowsOf } from './source.ts'

describe('the import of a project that somebody has prepared, or that others write in meanwhile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-hostile-'))
  after(() => rmSync(folder, { recursive: true }))

  /** A file of `dumpdata`: JSON, in which numbers can be longer than ours. */
  const dumped = (...objects: readonly (readonly [model: string, pk: string, fields: string])[]): string => {
    const path = join(folder, 'dump.json')
    writeFileSync(
      path,
      `[${objects.map(([model, pk, fields]) => `{"model": "${model}", "pk": ${pk}, "fields": {${fields}}}`).join()}]`,
    )
    return path
  }
  const user = (pk: string, username: string): readonly [string, string, string] => [
    'auth.user',
    pk,
    `"username": "${username}", "email": "", "password": "!", "last_login": null, "is_active": true`,
  ]
  const application = (pk: string, clientId: string, secret: string): readonly [string, string, string] => [
    'oauth2_provider.application',
    pk,
    `"client_id": "${clientId}", "client_secret": "${secret}", "client_type": "confidential", "redirect_uris": "https://app.example/cb",
     "authorization_grant_type": "authorization-code", "name": "Notes", "user": null, "algorithm": "", "skip_authorization": false`,
  ]
  const asked = async (doorward: TestDoorward, path: string, fields: Record<string, string>): Promise<number> =>
    (await fetch((await doorward.listen()) + path, { method: 'POST', body: new URLSearchParams(fields) })).status

  it('takes nobody for somebody else whose number differs behind the 53rd bit', async () => {
    const [one, other] = ['9007199254740992', '9007199254740993']
    const token = '38b8bed1ce6bd6d5fc934e2e7a56808229407d03'
    const objects = [user(one, 'one'), user(other, 'other')] as const
    await using doorward = await createTestDoorward()
    const dump = dumped(...objects, ['authtoken.token', `"${token}"`, `"user": ${other}, "created": null`])
    assert.equal((await runImport(doorward, dump))['users']?.made, 2)
    const headers = { authorization: `Token ${token}` }
    const answer = await fetch(`${await doorward.listen()}/api/whoami/`, { headers })
    assert.match(await answer.text(), /"other"/)

    const path = join(folder, 'big.sqlite3')
    const database = new DatabaseSync(path)
    database.exec('create table auth_user (id integer primary key, is_active bool)')
    database.exec(`insert into auth_user values (${one}, 1), (${other}, 0)`)
    database.close()
    const source = await openSource(path)
    const ids = []
    for await (const row of rowsOf(source, 'auth_user', 'id')) ids.push(String(row['id']))
    assert.deepEqual(ids, [one, other])
    await source.close()
  })

  it('reads lists within lists of what it does not take over', async () => {
    const profile = ['people.profile', '1', '"colours": [["red", 1]], "user": 1'] as const
    await using doorward = await createTestDoorward()
    assert.equal((await runImport(doorward, dumped(user('1', 'ada'), profile)))['users']?.made, 1)
  })

  it('lets nobody use the hash of a secret as the secret', async () => {
    const secret = 'a-secret-of-an-application-from-elsewhere'
    const md5 = `md5$salt$${createHash('md5').update(`salt${secret}`).digest('hex')}`
    const crypt = 'crypt$$abIwY6fJcl4lQ'
    await using doorward = await createTestDoorward()
    const dump = dumped(user('1', 'ada'), application('1', 'weak', md5), application('2', 'crypt', crypt))
    const { applications } = await runImport(doorward, dump)
    assert.deepEqual(applications?.left, [
      { what: 'crypt (2)', why: 'Its secret is hashed in a way that cannot be verified here.' },
    ])
    const introspects = async (shown: string): Promise<number> =>
      asked(doorward, '/o/introspect/', { client_id: 'weak', client_secret: shown, token: 'x' })
    assert.equal(await introspects(md5), 401)
    assert.equal(await introspects(secret), 200)
    const { imported_secret_hash: kept } = await doorward.instance.database.read
      .selectFrom('clients')
      .select('imported_secret_hash')
      .where('identifier', '=', 'weak')
      .executeTakeFirstOrThrow()
    assert.equal(kept, null)
  })

  it('grants no scope of administration, whatever a project calls by that word', async () => {
    await using doorward = await createTestDoorward()
    await runImport(
      doorward,
      dumped(
        user('1', 'ada'),
        application('1', 'app', 'secret-of-the-application'),
        ['oauth2_provider.accesstoken', '1', '"scope": "read admin account", "token": "x"'],
        [
          'oauth2_provider.refreshtoken',
          '1',
          '"token": "g5MNBFY8E8xDcIik5472akMuNGM9KX", "access_token": 1, "application": 1, "user": 1, "revoked": null',
        ],
      ),
    )
    const grants = doorward.instance.database.read.selectFrom('grants').select('scopes')
    assert.deepEqual(await grants.execute(), [{ scopes: 'read' }])
  })

  it('writes down that a token came with the token, so that none comes again once it is revoked', async () => {
    await using doorward = await createTestDoorward()
    const { database } = doorward.instance
    const trigger = `create trigger cut_off before insert on imports when new.model = 'authtoken.token'
      begin select raise(abort, 'cut off'); end`
    await database.write(async (unit) => sql.raw(trigger).execute(unit))
    const token = [
      'authtoken.token',
      '"38b8bed1ce6bd6d5fc934e2e7a56808229407d03"',
      '"user": 1, "created": null',
    ] as const
    await assert.rejects(runImport(doorward, dumped(user('1', 'ada'), token)), /cut off/)
    assert.deepEqual(await database.read.selectFrom('api_tokens').select('id').execute(), [])
  })

  it('lets nobody in again by what they were given in Django before they signed out everywhere here', async () => {
    await using doorward = await createTestDoorward()
    const ada = user('1', 'ada')
    const app = application('1', 'app', 'secret-of-the-application')
    await runImport(doorward, dumped(ada, app))
    const at = (time: number): string => `"${new Date(time).toISOString()}"`
    const before = doorward.clock.now()
    await doorward.clock.advance('1m')
    const { users } = doorward.instance
    await users.signOutEverywhere((await users.findByLogin('ada'))?.id ?? '')
    await doorward.clock.advance('1m')
    const later = doorward.clock.now()

    const pair = (pk: number, text: string, time: string): readonly [string, string, string] => [
      'token_blacklist.outstandingtoken',
      String(pk),
      `"token": "${text}", "user": 1, "created_at": ${time}, "expires_at": "2099-01-01T00:00:00Z"`,
    ]
    const granted = (pk: number, text: string, time: string): readonly [string, string, string] => [
      'oauth2_provider.refreshtoken',
      String(pk),
      `"token": "${text}", "access_token": 1, "application": 1, "user": 1, "revoked": null, "created": ${time}`,
    ]
    const refresh = 'refresh-of-django-oauth-toolkit'
    await runImport(
      doorward,
      dumped(
        ada,
        app,
        ['oauth2_provider.accesstoken', '1', '"scope": "read", "token": "x"'],
        pair(1, jwt('old', 1), at(before)),
        pair(2, jwt('rotated', 1), 'null'),
        pair(3, jwt('new', 1), at(later)),
        granted(1, `${refresh}-old`, at(before)),
        granted(2, `${refresh}-new`, at(later)),
      ),
    )
    const own = { grant_type: 'refresh_token', client_id: 'app', client_secret: 'secret-of-the-application' }
    const refreshed = async (text: string): Promise<number> => asked(doorward, '/api/token/refresh/', { refresh: text })
    const traded = async (text: string): Promise<number> =>
      asked(doorward, '/o/token/', { ...own, refresh_token: text })
    assert.deepEqual([await refreshed(jwt('old', 1)), await traded(`${refresh}-old`)], [401, 400])
    assert.equal(await refreshed(jwt('rotated', 1)), 401, 'it says itself that it is older')
    assert.deepEqual([await refreshed(jwt('new', 1)), await traded(`${refresh}-new`)], [200, 200])
  })
})
