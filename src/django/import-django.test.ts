import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Client } from 'pg'
import { sharedPostgres, withoutPostgres } from '../../test/services/shared-postgres.ts'
import { eachDatabase } from '../testing/on-postgres.contract.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { dumpdata, jwt, postgresStatements, writeSqlite } from './django-project.contract.ts'
import type { ImportedKind } from './report.ts'
import { runImport } from './run-import.contract.ts'

const github = { id: 'github', clientId: 'made-up', clientSecret: 'made-up' }

describe('importDjango', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-django-'))
  const [file, dump] = [join(folder, 'db.sqlite3'), join(folder, 'dump.json')]
  before(() => {
    writeSqlite(file)
    writeFileSync(dump, dumpdata())
  })
  after(() => rmSync(folder, { recursive: true }))

  const open = async (on: (typeof eachDatabase)[number][1] = {}): Promise<TestDoorward> =>
    createTestDoorward({ ...on, settings: { signInProviders: [github] } })

  const counts = (kinds: Readonly<Record<string, ImportedKind>>): Readonly<Record<string, readonly number[]>> =>
    Object.fromEntries(
      Object.values(kinds).map(({ kind, found, made, known, left }) => [kind, [found, made, known, left.length]]),
    )

  const all = {
    groups: [2, 2, 0, 0],
    users: [19, 17, 0, 2],
    tokens: [4, 2, 0, 2],
    'linked accounts': [3, 1, 0, 2],
    applications: [9, 6, 0, 3],
    'refresh tokens of applications': [7, 4, 0, 3],
    'refresh tokens of SimpleJWT': [4, 3, 0, 1],
  }

  for (const [name, on] of eachDatabase) {
    describe(`into ${name}`, () => {
      let doorward: TestDoorward
      let kinds: Readonly<Record<string, ImportedKind>>
      before(async () => {
        doorward = await open(on)
        kinds = await runImport(doorward, file)
      })
      after(async () => doorward.close())

      it('lets everybody sign in with the password that they have, whichever hasher made it, and gives them a hash of ours', async () => {
        const { users, passwords, database } = doorward.instance
        assert.deepEqual(counts(kinds), all)
        const hashOf = async (username: string): Promise<string | null | undefined> => {
          const rows = database.read.selectFrom('users').select('password_hash').where('username', '=', username)
          return (await rows.executeTakeFirst())?.password_hash
        }
        const isRight = async (username: string, password: string, nth: number): Promise<boolean> =>
          (await passwords.verify(username, password, { address: `192.0.2.${nth}` })) !== null
        const verifiable = 'root alice argon2id bcryptsha10 bcrypt2a scrypt1 sha1salt md5salt sha1bare md5bare'
        for (const [nth, username] of verifiable.split(' ').entries()) {
          // Nobody can look up in a table what stands there.
          assert.doesNotMatch((await hashOf(username)) ?? '', /[0-9a-f]{32}/, username)
          assert.equal(await isRight(username, 'pw-else', nth), false, username)
          assert.equal(await isRight(username, `pw-${username}`, nth), true, username)
          assert.match((await hashOf(username)) ?? '', /^\$argon2id\$/, username)
          assert.equal(await isRight(username, `pw-${username}`, nth), true, `${username}, by a hash of ours`)
        }
        assert.equal(await isRight('inactive', 'pw-inactive', 50), false)
        for (const username of ['bob', 'cryptuser', 'garbage']) {
          assert.equal(await hashOf(username), null)
          for (const [nth, text] of ['', '!', 'plaintext-is-not-a-hash', `pw-${username}`].entries()) {
            assert.equal(await isRight(username, text, 60 + nth), false, `${username} ${text}`)
          }
        }
        const root = await users.findByLogin('root')
        assert.deepEqual(
          [root?.isStaff, root?.isSuperuser, root?.createdAt],
          [true, true, Date.UTC(2026, 0, 1, 0, 0, 0, 123)],
        )
        const changed = kinds['users']?.changed.map(({ what, why }) => `${what}: ${why}`) ?? []
        assert.match(changed.join('\n'), /cryptuser \(32\): Their password cannot be verified \(crypt\)/)
      })

      it('lets one person have a name, and one an address: who has verified it', async () => {
        const { users } = doorward.instance
        const { left, changed } = kinds['users'] ?? { left: [], changed: [] }
        assert.deepEqual(left, [
          {
            what: 'Alice (40)',
            why: 'Here it is the same name as that of alice (4). Rename one of the two in Django.',
          },
          { what: 'bob@example.test (43)', why: 'The name is the e-mail address of bob (5). Rename them in Django.' },
        ])
        const alice = await users.findByLogin('alice@example.test')
        assert.deepEqual([alice?.username, alice?.emailVerified], ['alice', true])
        const carol = await users.findByLogin('carol')
        assert.deepEqual([carol?.email, carol?.emailVerified], [null, false])
        assert.match(
          changed.find(({ what }) => what === 'carol (41)')?.why ?? '',
          /also that of alice \(4\), who keeps it/,
        )
        assert.match(changed.find(({ what }) => what === 'erin (44)')?.why ?? '', /not an address is no e-mail address/)
        assert.equal((await users.findByLogin('bob'))?.emailVerified, false)
        assert.equal((await users.findByLogin('dave@else.test'))?.email, 'dave@example.test')
      })

      it('brings groups and permissions, under the names that Django asks for', async () => {
        const { users, groups } = doorward.instance
        const editors = await groups.findByName('editors')
        assert.deepEqual(editors?.permissions, ['notes.add_note', 'notes.change_note'])
        const alice = await users.findByLogin('alice')
        assert.deepEqual(alice?.permissions, ['auth.view_user'])
        assert.deepEqual(
          (await groups.of(alice?.id ?? '')).map((group) => group.name),
          ['editors'],
        )
      })

      it('lets tokens and applications go on with the secrets that they have, hashed ones too', async () => {
        const { left } = kinds['tokens'] ?? { left: [] }
        assert.deepEqual(left.map(({ why }) => why).toSorted(), ['It is not 40 hex digits.', 'Its user does not come.'])
        const url = await doorward.listen()
        const whoami = async (token: string): Promise<number> =>
          (await fetch(`${url}/api/whoami/`, { headers: { authorization: `Token ${token}` } })).status
        assert.equal(await whoami('38b8bed1ce6bd6d5fc934e2e7a56808229407d03'), 200)
        assert.equal(await whoami('04828999861ef50163ba2d48ed6f1150c68b5c66'), 401, 'of a user who is switched off')
        assert.equal(await whoami('99254dee6b2dae0c93aa524474dde103c1618f17'), 401, 'of a user who did not come')

        const token = async (id: string, secret: string): Promise<number> => {
          const body = new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: id,
            client_secret: secret,
            scope: 'read',
          })
          return (await fetch(`${url}/o/token/`, { method: 'POST', body })).status
        }
        const { database } = doorward.instance
        for (const id of ['cc-plain', 'cc-hashed', 'cc-hashed-argon2']) {
          assert.equal(await token(id, `secret-${id}`), 200, id)
          assert.equal(await token(id, 'secret-else'), 401, id)
          const row = database.read.selectFrom('clients').selectAll().where('identifier', '=', id)
          const stored = await row.executeTakeFirstOrThrow()
          assert.deepEqual([stored.secret_digest === null, stored.imported_secret_hash], [false, null], id)
          assert.equal(await token(id, `secret-${id}`), 200, `${id}, by its digest`)
        }
      })

      it('registers applications as they are, and says why one cannot be', async () => {
        const { left, changed } = kinds['applications'] ?? { left: [], changed: [] }
        assert.deepEqual(left, [
          { what: 'hs256-hashed (16)', why: 'HS256 needs the secret itself, and only its hash is there.' },
          { what: 'odd id (17)', why: 'A client_id has up to 1024 visible characters of ASCII, without blanks.' },
          { what: 'pw (18)', why: 'password is not offered here: RFC 9700 advises against it.' },
        ])
        assert.match(changed[0]?.why ?? '', /short enough to be guessed/)
        const { clients } = doorward.instance.oauth
        const native = await clients.find('ac-native')
        assert.deepEqual(native?.metadata.redirectUris, [
          'https://client.example.test/cb',
          'http://127.0.0.1/cb',
          'com.example.app:/cb',
        ])
        const own = await clients.find('ac-skip')
        assert.deepEqual(
          [
            own?.metadata.consent,
            own?.metadata.idTokenSignedResponseAlg,
            own?.grantTypes,
            own?.scopes.includes('read'),
          ],
          ['never', 'RS256', ['authorization_code', 'refresh_token'], true],
        )
      })

      it('lets applications refresh the tokens that they have, and detects those that are used twice [RF02]', async () => {
        const { database } = doorward.instance
        assert.deepEqual(
          kinds['refresh tokens of applications']?.left.map(({ why }) => why),
          [
            'Nothing tells its scopes: its access token is gone.',
            'Its application does not come.',
            'Its user does not come.',
          ],
        )
        const url = await doorward.listen()
        const post = async (path: string, fields: Record<string, string>): Promise<Record<string, unknown>> => {
          const own = { client_id: 'ac-skip', client_secret: 'secret-ac-skip' }
          const answer = await fetch(url + path, { method: 'POST', body: new URLSearchParams({ ...own, ...fields }) })
          const text = await answer.text()
          return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
        }
        const refresh = async (token: string, client: Record<string, string> = {}) =>
          post('/o/token/', { grant_type: 'refresh_token', refresh_token: token, ...client })
        const text = 'g5MNBFY8E8xDcIik5472akMuNGM9KX'
        const introspected = await post('/o/introspect/', { token: text })
        assert.deepEqual([introspected['active'], introspected['scope']], [true, 'read write'])

        const phone = { client_id: 'ac-native', client_secret: '' }
        assert.equal((await refresh(text, phone))['error'], 'invalid_grant', 'it is of another client')
        const revoked = 'revokeMe0vCq72Jlq0DyGum46McnefU'
        await post('/o/revoke_token/', { token: revoked, ...phone })
        assert.equal((await post('/o/introspect/', { token: revoked }))['active'], true, 'another client ends nothing')
        await post('/o/revoke_token/', { token: revoked })
        assert.equal((await refresh(revoked))['error'], 'invalid_grant')
        const [first, ...others] = await Promise.all(Array.from({ length: 10 }, async () => refresh(text)))
        assert.deepEqual([first?.['scope'], first?.['token_type']], ['read write', 'Bearer'])
        for (const other of others) assert.deepEqual(other, first, 'a retry gets the same answer')
        const next = String(first?.['refresh_token'])
        assert.match(next, /^dw_rt_/)
        assert.match(String((await refresh('qkuMwQWB7Dbq5GcZTMsG4V9DGQmpbg', phone))['refresh_token']), /^dw_rt_/)
        for (const dead of ['taWLwraPU9cCPRbalU2LIzAT2Cctvw', 'muBcqm72Jlq0DyGum46McnefUODxMZ', `${text}x`, 'x']) {
          assert.equal((await refresh(dead))['error'], 'invalid_grant', dead)
          assert.deepEqual(await post('/o/introspect/', { token: dead }), { active: false })
        }
        await doorward.clock.advance('1m')
        assert.equal((await refresh(text))['error'], 'invalid_grant')
        assert.equal((await refresh(next))['error'], 'invalid_grant', 'it was used twice, and nobody can tell by whom')
        assert.doesNotMatch(
          JSON.stringify(await database.read.selectFrom('audit_events').select('detail').execute()),
          /g5MNBF/,
        )
      })

      it('lets people refresh the pairs that SimpleJWT gave them, once [B-JRF-19 B-JRF-20]', async () => {
        const url = await doorward.listen()
        const post = async (path: string, refresh: string): Promise<readonly [number, Record<string, unknown>]> => {
          const body = JSON.stringify({ refresh })
          const headers = { 'content-type': 'application/json' }
          const answer = await fetch(url + path, { method: 'POST', headers, body })
          return [answer.status, (await answer.json()) as Record<string, unknown>]
        }
        const refresh = async (text: string) => post('/api/token/refresh/', text)
        const live = jwt('alice-live', 4)
        const [first, ...others] = await Promise.all(Array.from({ length: 10 }, async () => refresh(live)))
        const [status, pair] = first ?? []
        assert.equal(status, 200)
        for (const [, other] of others) assert.deepEqual(other, pair, 'a retry gets the same answer')
        const authorization = `Bearer ${String(pair?.['access'])}`
        const who = await fetch(`${url}/api/whoami/`, { headers: { authorization } })
        assert.match(await who.text(), /"alice"/)

        for (const dead of [
          jwt('alice-spent', 4),
          jwt('alice-expired', 4),
          jwt('deleted', 999),
          jwt('inactive', 6),
          jwt('made-up', 1),
          jwt('alice-live', 4, 'bWFkZS11cA'),
          jwt('alice-live', 1),
        ]) {
          assert.equal((await refresh(dead))[0], 401)
        }
        assert.equal((await post('/api/token/blacklist/', jwt('alice-rotated', 4)))[0], 200)
        assert.equal((await refresh(jwt('alice-rotated', 4)))[0], 401)
        await doorward.clock.advance('1m')
        assert.equal((await refresh(live))[0], 401)
        assert.equal((await refresh(String(pair?.['refresh'])))[0], 401, 'used twice: the family is over')
      })

      it('links accounts of the providers that the settings name', async () => {
        const { left } = kinds['linked accounts'] ?? { left: [] }
        assert.deepEqual(left, [
          {
            what: 'google 104000000000000000001 (2)',
            why: 'There is no provider google in the settings (signInProviders).',
          },
          { what: 'github 4200003 (3)', why: 'Its user does not come.' },
        ])
        const { users, social } = doorward.instance
        const alice = await users.findByLogin('alice')
        const issuer = 'https://github.com/login/oauth'
        const link = await social.linked.find({ provider: 'github', issuer, subject: '4200001' })
        assert.equal(link?.userId, alice?.id)
        const [shown] = await social.linked.list(alice?.id ?? '')
        assert.equal(shown?.name, 'alice-hub')
      })

      it('makes nothing twice, and brings nothing back that was ended here', async () => {
        await using doorward = await open(on)
        await runImport(doorward, file)
        const { users, groups, apiTokens, oauth } = doorward.instance
        const alice = await users.findByLogin('alice')
        await users.update(alice?.id ?? '', { username: 'alice2', permissions: [] })
        await apiTokens.revokeAll({ kind: 'user', id: alice?.id ?? '' }, { by: { actor: 'system' } })
        await oauth.clients.delete('cc-plain', { by: { actor: 'system' } })
        await groups.delete((await groups.findByName('empty'))?.id ?? '')
        await users.delete((await users.findByLogin('dave@else.test'))?.id ?? '')

        const again = await runImport(doorward, file)
        assert.deepEqual(counts(again), {
          groups: [2, 0, 2, 0],
          users: [19, 0, 17, 2],
          tokens: [4, 0, 2, 2],
          'linked accounts': [3, 0, 1, 2],
          applications: [9, 0, 6, 3],
          'refresh tokens of applications': [7, 0, 4, 3],
          'refresh tokens of SimpleJWT': [4, 0, 3, 1],
        })
        assert.deepEqual((await users.findByLogin('alice2'))?.permissions, [])
        assert.equal(await users.findByLogin('dave@else.test'), null)
        assert.equal(await oauth.clients.find('cc-plain'), null)
        assert.equal(await groups.findByName('empty'), null)
        assert.deepEqual(await apiTokens.list({ kind: 'user', id: alice?.id ?? '' }), [])
      })

      it('gives nobody who was here before what another of that name has in Django', async () => {
        await using doorward = await open(on)
        const { users, groups, apiTokens } = doorward.instance
        const alice = await users.create({ username: 'ALICE' })
        await users.create({ username: 'zoe', email: 'carol@example.test' })
        await groups.create({ name: 'editors', permissions: ['everything'] })
        const kinds = await runImport(doorward, file)
        assert.match(kinds['users']?.left.find(({ what }) => what === 'alice (4)')?.why ?? '', /Somebody here/)
        assert.match(kinds['groups']?.left[0]?.why ?? '', /A group of this name is here already/)
        assert.deepEqual(await apiTokens.list({ kind: 'user', id: alice.id }), [])
        assert.deepEqual(await groups.of(alice.id), [])
        assert.deepEqual((await groups.findByName('editors'))?.permissions, ['everything'])
      })

      it('writes nothing in a dry run, which says the same', async () => {
        await using doorward = await open(on)
        const said = await runImport(doorward, file, { isDryRun: true })
        assert.equal(await doorward.instance.users.findByLogin('alice'), null)
        assert.deepEqual((await doorward.instance.groups.list()).length, 0)
        const { database } = doorward.instance
        assert.deepEqual(await database.read.selectFrom('imports').selectAll().execute(), [])
        assert.deepEqual(said, await runImport(doorward, file))
      })
    })
  }

  it('reads the same of a dump, and of PostgreSQL', async () => {
    await using first = await open()
    const said = await runImport(first, file)
    await using second = await open()
    assert.deepEqual(await runImport(second, dump), said)
    assert.deepEqual(
      await first.instance.users.findByLogin('root').then((one) => one?.createdAt),
      Date.UTC(2026, 0, 1, 0, 0, 0, 123),
    )
    if (withoutPostgres) return
    const url = await (await sharedPostgres()).createDatabase()
    const client = new Client({ connectionString: url })
    await client.connect()
    for (const [statement, values] of postgresStatements()) await client.query(statement, [...values])
    await client.end()
    await using third = await open()
    assert.deepEqual(await runImport(third, url), said)
    const root = await third.instance.users.findByLogin('root')
    assert.equal(root?.createdAt, Date.UTC(2026, 0, 1, 0, 0, 0, 123))
  })
})
