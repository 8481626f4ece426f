import assert from 'node:assert/strict'
import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { totpCode, totpSecretText } from '../../factors/totp.ts'
import { person } from '../../screens/person.contract.ts'
import { dumpdata } from '../../django/django-project.contract.ts'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

const password = 'correct horse battery'

describe('importing the users of Auth0 (A6)', () => {
  it('takes an export of an object a line, with bcrypt, and lets its people in by the passwords that they have', async () => {
    await using at = await openConsole()
    const { users, database } = at.doorward.instance
    const lines = [
      { _id: { $oid: '5f' }, email: 'bea@example.org', email_verified: true, passwordHash: await bcrypt(password, 4) },
      { user_id: 'auth0|6', email: 'cem@example.org', email_verified: false, username: 'cem', blocked: true },
      { user_id: 'google-oauth2|7', email: 'dee@example.org', email_verified: true, identities: [] },
      { user_id: 'auth0|8', email: 'dee@example.org', user_metadata: {} },
      { user_id: 'sms|9', phone_number: '+49', user_metadata: {} },
    ]
    const file = lines.map((line) => JSON.stringify(line)).join('\n')
    const dry = await at.root.submit(await at.root.get('/admin/users/import/'), 'dry-run', { file })
    assert.match(dry.text, /It is an export of Auth0/)
    assert.match(dry.text, /4 of 5 rows would be made/)
    assert.match(dry.text, /1 with a password hash: bcrypt</)
    assert.equal(await users.findByLogin('bea@example.org'), null)
    await at.root.submit(dry, 'import')
    assert.equal((await users.findByLogin('cem'))?.isActive, false)
    assert.equal((await users.findByLogin('9'))?.username, '9')
    const bea = person(at.base)
    assert.equal((await bea.signIn('bea@example.org', `${password}x`)).status, 400)
    assert.match((await bea.signIn('bea@example.org', password)).path, /^\/account\/devices\//)
    const row = database.read.selectFrom('users').select('password_hash').where('username', '=', 'bea@example.org')
    assert.match((await row.executeTakeFirst())?.password_hash ?? '', /^\$argon2id\$v=19\$m=/, 'made anew')
  })

  it('takes hashes of other kinds, and says of each kind that cannot be verified', async () => {
    await using stage = await adminStage()
    const { call, superuser, doorward } = stage
    const salt = randomBytes(16)
    const key = pbkdf2Sync(password, salt, 1000, 32, 'sha256').toString('base64').replaceAll('=', '')
    const custom = (given: object) => ({ custom_password_hash: given, user_id: 'auth0|x' })
    const scrypt = scryptSync(password, salt, 64, { N: 2048, r: 8, p: 1 })
    const list = [
      {
        username: 'p',
        ...custom({
          algorithm: 'pbkdf2',
          hash: { value: `$pbkdf2-sha256$i=1000,l=32$${salt.toString('base64').replaceAll('=', '')}$${key}` },
        }),
      },
      {
        username: 's',
        ...custom({
          algorithm: 'scrypt',
          cost: 2048,
          hash: { value: scrypt.toString('hex'), encoding: 'hex' },
          salt: { value: salt.toString('base64'), encoding: 'base64' },
        }),
      },
      {
        username: 'a',
        ...custom({ algorithm: 'argon2', hash: { value: await argon2(password, { memoryCost: 8192, timeCost: 1 }) } }),
      },
      { username: 'b', ...custom({ algorithm: 'bcrypt', hash: { value: await bcrypt(password, 4) } }) },
      { username: 'm', ...custom({ algorithm: 'md5', hash: { value: 'd41d8cd98f00b204e9800998ecf8427e' } }) },
      {
        username: 'w',
        ...custom({
          algorithm: 'bcrypt',
          hash: { value: await bcrypt(password, 4) },
          password: { encoding: 'utf16le' },
        }),
      },
      {
        username: 'f',
        user_id: 'auth0|f',
        mfa_factors: [{ totp: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DP' } }, { phone: { value: '+49' } }],
      },
    ]
    const made = await call(superuser, 'POST', 'users/import/', { users: list })
    assert.equal(made.json['source'], 'Auth0')
    assert.deepEqual(
      (made.json['hashes'] as readonly { kind: string; is_usable: boolean }[]).map((one) => [one.kind, one.is_usable]),
      [
        ['PBKDF2', true],
        ['scrypt', true],
        ['Argon2', true],
        ['bcrypt', true],
        ['unknown md5', false],
        ['unknown bcrypt', false],
      ],
    )
    assert.deepEqual([made.json['with_authenticator_app'], made.json['losing_second_factor']], [1, 1])
    const base = await doorward.listen()
    for (const username of ['p', 's', 'a', 'b']) {
      const answer = await person(base).signIn(username, password)
      assert.match(answer.path, /^\/account\/devices\//, username)
    }
    for (const username of ['m', 'w']) assert.notEqual((await person(base).signIn(username, password)).status, 200)
  })
})

describe('importing the users of a Keycloak realm (A6)', () => {
  const salt = randomBytes(16)
  const pbkdf2 = (algorithm: string, digest: string, length: number, iterations = 1000) =>
    credential(
      'password',
      {
        value: pbkdf2Sync(password, salt, iterations, length, digest).toString('base64'),
        salt: salt.toString('base64'),
      },
      { algorithm, hashIterations: iterations, additionalParameters: {} },
    )

  it('takes PBKDF2 and Argon2 as they stand there, and an authenticator app that goes on', async () => {
    await using at = await openConsole()
    const { factors, users } = at.doorward.instance
    const argon = await argon2(password, { memoryCost: 7168, timeCost: 5, parallelism: 1, salt })
    const [argonSalt = '', argonKey = ''] = argon.split('$').slice(4)
    const padded = (text: string) => Buffer.from(text, 'base64').toString('base64')
    const secret = 'Nb2AXIdKVHrq5cLkzbHM'
    const otp = (data: object, value = secret) =>
      credential(
        'otp',
        { value },
        { subType: 'totp', digits: 6, counter: 0, period: 30, algorithm: 'HmacSHA1', ...data },
      )
    const realm = {
      realm: 'acme',
      roles: {},
      clients: [],
      users: [
        user('one', [pbkdf2('pbkdf2-sha256', 'sha256', 64, 27_500)]),
        user('two', [pbkdf2('pbkdf2-sha512', 'sha512', 64)]),
        user('three', [pbkdf2('pbkdf2', 'sha1', 64)]),
        user('four', [
          credential(
            'password',
            { value: padded(argonKey), salt: padded(argonSalt) },
            {
              algorithm: 'argon2',
              hashIterations: 5,
              additionalParameters: {
                hashLength: ['32'],
                memory: ['7168'],
                type: ['id'],
                version: ['1.3'],
                parallelism: ['1'],
              },
            },
          ),
        ]),
        user('five', [pbkdf2('pbkdf2-sha512', 'sha512', 64), otp({})]),
        user('six', [
          pbkdf2('pbkdf2-sha512', 'sha512', 64),
          otp({ secretEncoding: 'BASE32' }, totpSecretText(Buffer.from(secret))),
        ]),
        user('seven', [pbkdf2('pbkdf2-sha512', 'sha512', 64), otp({ digits: 8 }), credential('webauthn', {}, {})]),
        user('eight', [
          credential('password', { value: 'AAAA', salt: 'AAAA' }, { algorithm: 'bcrypt', hashIterations: 10 }),
        ]),
        user('nine', [{ type: 'password', secretData: '{', credentialData: 7 }]),
        { username: 'ten', enabled: false },
        null,
      ],
    }
    const file = JSON.stringify(realm)
    const dry = await at.root.submit(await at.root.get('/admin/users/import/'), 'dry-run', { file })
    assert.match(dry.text, /It is a realm of Keycloak/)
    assert.match(dry.text, /10 of 11 rows would be made/)
    assert.match(dry.text, /6 with a password hash: PBKDF2</)
    assert.match(dry.text, /1 with a password hash: Argon2</)
    assert.match(dry.text, /1 with a password hash: unknown bcrypt, which cannot be verified here/)
    assert.match(dry.text, /2 with an authenticator app, which goes on/)
    assert.match(dry.text, /1 had a second factor that cannot go on here/)
    assert.doesNotMatch(dry.text.replace(/<textarea name="file"[^]*?<\/textarea>/, ''), new RegExp(secret))
    assert.match((await at.root.submit(dry, 'import')).text, /10 users are made/)
    for (const username of ['one', 'two', 'three', 'four', 'seven']) {
      const answer = await person(at.base).signIn(username, password)
      assert.match(answer.path, /^\/account\/devices\//, username)
    }
    assert.equal((await users.findByLogin('ten'))?.isActive, false)
    for (const username of ['five', 'six']) {
      const answer = await person(at.base).signIn(username, password)
      assert.match(answer.path, /^\/accounts\/second-factor\/totp\//, `${username} is asked for the code`)
      const id = (await users.findByLogin(username))?.id ?? ''
      const code = totpCode(Buffer.from(secret), at.doorward.clock.now())
      assert.equal(await factors.apps.use(id, code, { actor: 'system' }), true, username)
    }
  })

  it('is for superusers alone, where there is a hash or a second factor in it', async () => {
    await using stage = await adminStage()
    const { call, staff, superuser } = stage
    const users = [
      user('one', [pbkdf2('pbkdf2-sha256', 'sha256', 64)]),
      user('two', [credential('otp', { value: 'Nb2AXIdKVHrq5cLkzbHM' }, {})]),
      user('three', []),
    ]
    const byStaff = await call(staff, 'POST', 'users/import/', { users, dry_run: true })
    assert.deepEqual([byStaff.json['source'], byStaff.json['made']], ['Keycloak', 1])
    assert.equal((await call(superuser, 'POST', 'users/import/', { users, dry_run: true })).json['made'], 3)
  })
})

describe('a file of no kind', () => {
  it('is refused with the line that is wrong', async () => {
    await using at = await openConsole()
    const page = await at.root.get('/admin/users/import/')
    for (const [file, why] of [
      ['{"user_id":"a","email":"a@example.org"}\n{"user_id"', /Line 2 is no JSON/],
      ['{"username":"a"}', /list of objects/],
      ['{"realm":"a"}', /list of objects/],
      ['{"a":1}\n[2]', /list of objects/],
    ] as const) {
      const refused = await at.root.submit(page, 'dry-run', { file })
      assert.equal(refused.status, 400, file)
      assert.match(refused.text, why)
    }
    const single = await at.root.submit(page, 'dry-run', { file: '{"user_id":"auth0|a","email":"a@example.org"}' })
    assert.match(single.text, /1 of 1 row would be made/)
  })
})

function user(username: string, credentials: readonly object[]): object {
  return {
    id: `${username}-id`,
    username,
    email: `${username}@example.org`,
    emailVerified: true,
    enabled: true,
    credentials,
  }
}

function credential(type: string, secret: object, data: object): object {
  return { id: 'c', type, createdDate: 1, secretData: JSON.stringify(secret), credentialData: JSON.stringify(data) }
}

describe('importing the users of Django (A6)', () => {
  it('takes what dumpdata wrote, hashes weak hashes once more, and lets its people in by the passwords that they have', async () => {
    await using at = await openConsole()
    const { users, database } = at.doorward.instance
    const page = await at.root.get('/admin/users/import/')
    const dry = await at.root.submit(page, 'dry-run', { file: dumpdata() })
    assert.match(dry.text, /It is a dump of Django/)
    assert.match(dry.text, /13 of 19 rows would be made/)
    assert.match(dry.text, /4 with a password hash: MD5 or SHA-1</)
    assert.match(dry.text, /1 with a password hash: crypt, which cannot be verified here/)
    assert.match(dry.text, /Administrators are made on their own page/)
    const done = await at.root.submit(dry, 'import')
    assert.match(done.text, /13 users are made\. 6 rows were left out\./)
    const alice = await users.findByLogin('alice')
    assert.deepEqual([alice?.emailVerified, (await users.findByLogin('bob'))?.emailVerified], [true, false])
    assert.equal((await users.findByLogin('inactive'))?.isActive, false)
    for (const username of ['alice', 'md5bare', 'sha1salt']) {
      const row = database.read.selectFrom('users').select('password_hash').where('username', '=', username)
      assert.doesNotMatch((await row.executeTakeFirst())?.password_hash ?? '', /[0-9a-f]{32}/, username)
      const visitor = person(at.base)
      assert.equal((await visitor.signIn(username, 'pw-else')).status, 400, username)
      assert.match((await visitor.signIn(username, `pw-${username}`)).path, /^\/account\/devices\//, username)
    }
  })

  it('takes its objects by JSON, and nothing that only looks like them', async () => {
    await using stage = await adminStage()
    const { call, superuser } = stage
    const objects = JSON.parse(dumpdata()) as readonly object[]
    const { json } = await call(superuser, 'POST', 'users/import/', { users: objects, dry_run: true })
    assert.deepEqual([json['source'], json['made']], ['Django', 13])
    for (const users of [
      [...objects, { username: 'ada' }],
      [{ model: 'auth.user', pk: 1 }],
      [{ model: 7, pk: 1, fields: { password: '', last_login: null, is_active: true } }],
    ]) {
      const answer = await call(superuser, 'POST', 'users/import/', { users, dry_run: true })
      assert.notEqual(answer.json['source'], 'Django')
    }
    const none = { users: [{ model: 'notes.note', pk: 1, fields: {} }], dry_run: true }
    assert.equal((await call(superuser, 'POST', 'users/import/', none)).status, 400)
  })
})
