import { DatabaseSync } from 'node:sqlite'

/** As Django writes a moment in SQLite: UTC, without saying so. */
const moment = '2026-01-01 00:00:00.123456'

/** Long after every test. */
const late = '2099-12-31 23:59:59'

/**
 * What a small Django project has stored, with hashes that its hashers made. Every password is `pw-` and the username, every
 * secret of an application `secret-` and its `client_id`.
 */
const project: Readonly<Record<string, { readonly columns: string; readonly rows: readonly Row[] }>> = {
  django_content_type: {
    columns: 'id integer primary key, app_label text, model text',
    rows: [
      [1, 'notes', 'note'],
      [2, 'auth', 'user'],
    ],
  },
  auth_permission: {
    columns: 'id integer primary key, content_type_id integer, codename text, name text',
    rows: [
      [1, 1, 'add_note', 'Can add note'],
      [2, 1, 'change_note', 'Can change note'],
      [3, 2, 'view_user', 'Can view user'],
    ],
  },
  auth_group: {
    columns: 'id integer primary key, name text',
    rows: [
      [1, 'editors'],
      [2, 'empty'],
    ],
  },
  auth_group_permissions: {
    columns: 'id integer primary key, group_id integer, permission_id integer',
    rows: [
      [1, 1, 1],
      [2, 1, 2],
    ],
  },
  auth_user: {
    columns:
      'id integer primary key, password text, last_login datetime, is_superuser bool, username text, email text, is_staff bool, is_active bool, date_joined datetime',
    rows: [
      user(1, 'root', 'pbkdf2_sha256$260000$CAT9AG498DYt5BL5gHCQRg$EHzlfA7TMU1DqhGHMd1wL+cDy6YZE45UAEPyv1MqgUY=', {
        isStaff: true,
        isSuperuser: true,
      }),
      user(4, 'alice', 'pbkdf2_sha256$260000$tvwZzrbB0wlAauVfmz44K8$AVfGXttIqmyGB/z/L4+ImLH+na2XslGVB2A6Ab6QZN4='),
      user(5, 'bob', '!GNh3eGitQvI0kPg7mO6m46CzX6jzPydq37riksf8'),
      user(6, 'inactive', 'pbkdf2_sha256$260000$lZiE36YGVSgGeCKrgm13ub$Jn+PMNVWGWpNH7fuY0tdetNeCiz/+FKbe/0WHdmgONk=', {
        isActive: false,
      }),
      user(
        19,
        'argon2id',
        'argon2$argon2id$v=19$m=102400,t=2,p=8$eENBdkdYSktNVDRZZTB0WkNqTFNHMA$XxrXnCFZtDWSzb7CdwqiIg',
      ),
      user(22, 'bcryptsha10', 'bcrypt_sha256$$2b$10$UMMHlrMmK35OhzHONzmxc.fYR3inMBoG.VymuBQjtjlz0/w9V21m.'),
      user(24, 'bcrypt2a', 'bcrypt$$2a$10$zBM9/0zCUEp1rk7zzGH6AOfPYUM3QjVc/X/d94aOsIv8.UIfamCZ2'),
      user(
        26,
        'scrypt1',
        'scrypt$16384$f2WEBKys5h7m7Iv1NsuLv1$8$1$qF5y77ZxYQGsmz4HXSnwXvE5H+XYMIgRyWEqIQDWx/VDI1jE6uhEUrK8OcAD3kNRJFZmMA3OUY17hh8bCwtTCg==',
      ),
      user(28, 'sha1salt', 'sha1$bomotPGI2XjJ$399f389018fae7e8b99e607dfdf27ed1aeb92def'),
      user(29, 'md5salt', 'md5$6ncZfhmjJfDR$d6fce4c2ba93ca60614b54a7aa5d6f1f'),
      user(30, 'sha1bare', 'sha1$$f2beec545d2aa896a695ee51e74b611324ffdc44'),
      user(31, 'md5bare', '7ec7b9a4ad2ecd0bce48ab27ce887c84'),
      user(32, 'cryptuser', 'crypt$$abIwY6fJcl4lQ'),
      user(35, 'garbage', 'plaintext-is-not-a-hash'),
      // The same name here, and the address of the one before.
      user(40, 'Alice', '!', { email: 'alice@example.test' }),
      user(41, 'carol', '!', { email: 'Alice@Example.test' }),
      user(42, 'dave@else.test', '!', { email: 'dave@example.test' }),
      user(43, 'bob@example.test', '!', { email: '' }),
      user(44, 'erin', '!', { email: 'not an address' }),
    ],
  },
  auth_user_groups: {
    columns: 'id integer primary key, user_id integer, group_id integer',
    rows: [
      [1, 4, 1],
      [2, 40, 1],
    ],
  },
  auth_user_user_permissions: {
    columns: 'id integer primary key, user_id integer, permission_id integer',
    rows: [[1, 4, 3]],
  },
  authtoken_token: {
    columns: 'key text primary key, created datetime, user_id integer',
    rows: [
      ['38b8bed1ce6bd6d5fc934e2e7a56808229407d03', moment, 4],
      ['04828999861ef50163ba2d48ed6f1150c68b5c66', moment, 6],
      ['99254dee6b2dae0c93aa524474dde103c1618f17', moment, 40],
      ['of-another-shape', moment, 5],
    ],
  },
  account_emailaddress: {
    columns: 'id integer primary key, verified bool, "primary" bool, user_id integer, email text',
    rows: [[1, true, true, 4, 'alice@example.test']],
  },
  socialaccount_socialaccount: {
    columns:
      'id integer primary key, provider text, uid text, last_login datetime, date_joined datetime, user_id integer, extra_data text',
    rows: [
      [1, 'github', '4200001', moment, moment, 4, '{"email": "alice@example.test", "login": "alice-hub"}'],
      [2, 'google', '104000000000000000001', moment, moment, 4, '{}'],
      [3, 'github', '4200003', moment, moment, 40, '{}'],
    ],
  },
  oauth2_provider_application: {
    columns:
      'id integer primary key, client_id text, redirect_uris text, client_type text, client_secret text, name text, user_id integer, skip_authorization bool, algorithm text, authorization_grant_type text',
    rows: [
      [1, 'cc-plain', '', 'confidential', 'secret-cc-plain', 'Plain', 4, false, '', 'client-credentials'],
      [
        2,
        'cc-hashed',
        '',
        'confidential',
        'pbkdf2_sha256$260000$WIHGqJciFFSFc0bPKQJhFL$o7cy6pON3ciuDnI+KyaAn+MWZGskOOWYOlcoFAtLVYk=',
        'Hashed',
        4,
        false,
        '',
        'client-credentials',
      ],
      [
        4,
        'cc-hashed-argon2',
        '',
        'confidential',
        'argon2$argon2id$v=19$m=102400,t=2,p=8$MU95eXNTZnZkYkpsb0FPcU9CMzhQZQ$DruMOHOSwlB709smpVZRUQ',
        'Argon2',
        null,
        false,
        '',
        'client-credentials',
      ],
      [
        7,
        'ac-native',
        'https://client.example.test/cb http://127.0.0.1/cb com.example.app:/cb',
        'public',
        '',
        'On a phone',
        4,
        false,
        '',
        'authorization-code',
      ],
      [
        9,
        'ac-skip',
        'https://client.example.test/cb',
        'confidential',
        'secret-ac-skip',
        'Own',
        4,
        true,
        'RS256',
        'authorization-code',
      ],
      [
        15,
        'oidc-hs256',
        'https://client.example.test/cb',
        'confidential',
        'secret-oidc-hs256',
        'HS256',
        4,
        false,
        'HS256',
        'authorization-code',
      ],
      [
        16,
        'hs256-hashed',
        'https://client.example.test/cb',
        'confidential',
        'pbkdf2_sha256$260000$WIHGqJciFFSFc0bPKQJhFL$o7cy6pON3ciuDnI+KyaAn+MWZGskOOWYOlcoFAtLVYk=',
        'HS256',
        4,
        false,
        'HS256',
        'authorization-code',
      ],
      [17, 'odd id', '', 'confidential', 'secret', 'Odd', 4, false, '', 'client-credentials'],
      [18, 'pw', '', 'confidential', 'secret-pw', 'By password', 4, false, '', 'password'],
    ],
  },
  oauth2_provider_accesstoken: {
    columns:
      'id integer primary key, token text, expires datetime, scope text, application_id integer, user_id integer',
    rows: [
      [1, 'access-one', moment, 'read write', 9, 4],
      [2, 'access-two', moment, 'read', 7, 4],
      [3, 'access-three', moment, 'read', 9, 6],
    ],
  },
  oauth2_provider_refreshtoken: {
    columns:
      'id integer primary key, token text, access_token_id integer, application_id integer, user_id integer, revoked datetime',
    rows: [
      [1, 'g5MNBFY8E8xDcIik5472akMuNGM9KX', 1, 9, 4, null],
      [2, 'qkuMwQWB7Dbq5GcZTMsG4V9DGQmpbg', 2, 7, 4, null],
      [3, 'muBcqm72Jlq0DyGum46McnefUODxMZ', 3, 9, 6, null],
      [4, 'taWLwraPU9cCPRbalU2LIzAT2Cctvw', null, 9, 4, moment],
      [5, 'GYxfNhTuZu6a3bkgRrK3YBoyZsPdhm', null, 9, 4, null],
      [6, 'PGhWCtC1FHo7UTsrCjompPHy0LbKUG', 1, 18, 4, null],
      [7, 'moOaEiWCHSs14knCtsZzN91xwtLU7l', 1, 9, 40, null],
      [8, 'revokeMe0vCq72Jlq0DyGum46McnefU', 1, 9, 4, null],
    ],
  },
  token_blacklist_outstandingtoken: {
    columns: 'id integer primary key, token text, created_at datetime, expires_at datetime, user_id integer, jti text',
    rows: [
      [1, jwt('alice-live', 4), moment, late, 4, 'alice-live'],
      [2, jwt('alice-spent', 4), moment, late, 4, 'alice-spent'],
      [3, jwt('alice-expired', 4), moment, moment, 4, 'alice-expired'],
      [4, jwt('alice-rotated', 4), null, late, null, 'alice-rotated'],
      [5, jwt('inactive', 6), moment, late, 6, 'inactive'],
      [6, jwt('deleted', 999), moment, late, null, 'deleted'],
    ],
  },
  token_blacklist_blacklistedtoken: {
    columns: 'id integer primary key, blacklisted_at datetime, token_id integer',
    rows: [[1, moment, 2]],
  },
}

type Row = readonly (string | number | boolean | null)[]

function user(
  id: number,
  username: string,
  password: string,
  { isStaff = false, isSuperuser = false, isActive = true, email = `${username}@example.test` } = {},
): Row {
  return [id, password, null, isSuperuser, username, email, isStaff, isActive, moment]
}

/** The same as the SQLite file of the project. */
export function writeSqlite(path: string): void {
  const database = new DatabaseSync(path)
  for (const [table, { columns, rows }] of Object.entries(project)) {
    database.exec(`create table ${table} (${columns})`)
    const insert = database.prepare(`insert into ${table} values (${(rows[0] ?? []).map(() => '?').join(', ')})`)
    for (const row of rows) insert.run(...row.map((value) => (typeof value === 'boolean' ? Number(value) : value)))
  }
  database.close()
}

/** The same in PostgreSQL, as statements with their values. */
export function postgresStatements(): readonly (readonly [statement: string, values: Row])[] {
  return Object.entries(project).flatMap(([table, { columns, rows }]) => [
    [
      `create table ${table} (${columns.replaceAll('datetime', 'timestamptz').replaceAll(' bool', ' boolean')})`,
      [],
    ] as const,
    ...rows.map(
      (row) =>
        [
          `insert into ${table} values (${row.map((_, index) => `$${index + 1}`).join(', ')})`,
          row.map((value) => (value === moment || value === late ? `${value}+00` : value)),
        ] as const,
    ),
  ])
}

/** The same as `manage.py dumpdata` writes it. */
export function dumpdata(): string {
  const objects = Object.entries(project).flatMap(([table, { columns, rows }]) => {
    const names = columns.split(', ').map((column) => (column.split(' ')[0] ?? '').replaceAll('"', ''))
    if (/_(?:groups|permissions)$/.test(table)) return []
    return rows.map((row) => {
      const fields = Object.fromEntries(
        names.map((name, index) => [name.replace(/_id$/, name === 'client_id' ? '_id' : ''), row[index]] as const),
      )
      const [pk] = row
      return {
        model: modelOf[table] ?? table.replace('_', '.'),
        pk,
        fields: { ...fields, ...manyOf(table, pk ?? null) },
      }
    })
  })
  return JSON.stringify(objects)
}

/** A refresh token as SimpleJWT writes it. Nobody has its key here, and nobody needs it. */
export function jwt(jti: string, user: number, signature = 'c2lnbmVkLWJ5LWRqYW5nbw'): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { token_type: 'refresh', exp: 4_102_444_799, iat: 1_767_225_600, jti, user_id: user }
  return [part({ alg: 'HS256', typ: 'JWT' }), part(claims), signature].join('.')
}

const modelOf: Readonly<Record<string, string>> = {
  django_content_type: 'contenttypes.contenttype',
  oauth2_provider_application: 'oauth2_provider.application',
  oauth2_provider_accesstoken: 'oauth2_provider.accesstoken',
  oauth2_provider_refreshtoken: 'oauth2_provider.refreshtoken',
  token_blacklist_outstandingtoken: 'token_blacklist.outstandingtoken',
  token_blacklist_blacklistedtoken: 'token_blacklist.blacklistedtoken',
}

function manyOf(table: string, pk: Row[number]): Readonly<Record<string, readonly Row[number][]>> {
  const keys = (between: string): readonly Row[number][] =>
    (project[between]?.rows ?? []).flatMap(([, one, other]) => (one === pk ? [other ?? null] : []))
  if (table === 'auth_group') return { permissions: keys('auth_group_permissions') }
  if (table === 'auth_user')
    return { groups: keys('auth_user_groups'), user_permissions: keys('auth_user_user_permissions') }
  return {}
}
