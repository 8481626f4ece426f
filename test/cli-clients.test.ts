import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { createDoorward } from '../src/cli/doorward.contract.ts'

const { folder, run, remove } = createDoorward()
after(remove)

describe('doorward, with clients of the authorization server', () => {
  before(async () => {
    assert.equal((await run(['create-user', 'ada', '--no-password'])).code, 0)
  })

  it('makes a client and shows its secret once, with the line to try it [B-STO-06 B-STO-01]', async () => {
    const { stdout, code } = await run([
      'create-client',
      '--name',
      'reports',
      '--grant',
      'client_credentials',
      '--scope',
      'read',
    ])
    assert.equal(code, 0)
    const [, id] = /^client_id +(\S+)$/m.exec(stdout) ?? []
    const [, secret] = /^client_secret +(dw_sec_\S+)$/m.exec(stdout) ?? []
    assert.ok(id !== undefined && secret !== undefined, stdout)
    assert.match(stdout, /^curl -d grant_type=client_credentials .*\/o\/token\/$/m)
    const { stdout: list } = await run(['list-clients'])
    assert.match(list, new RegExp(`^${id} +reports +confidential +client_credentials +never used$`, 'm'))
    assert.ok(!list.includes(secret))
    assert.deepEqual(stored(id)?.['secret_digest'], new Uint8Array(createHash('sha256').update(secret).digest()))
  })

  it('has an option for everything that createapplication of Django OAuth toolkit has [B-STO-06]', async () => {
    writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [publicKey] }))
    const words = [
      ['--name', 'everything', '--owner', 'ada', '--client-id', 'old-client', '--client-secret-stdin'],
      ['--grant', 'authorization-code', '--grant', 'refresh', '--redirect-uri', 'https://a.example/cb'],
      ['--redirect-uri', 'https://b.example/cb', '--post-logout-redirect-uri', 'https://a.example/bye'],
      ['--skip-authorization', '--algorithm', 'HS256', '--allowed-origin', 'https://a.example', '--scope', 'openid'],
      ['--auth-method', 'client_secret_post', '--jwks', 'keys.json', '--require-pushed-authorization-requests'],
    ]
    const secret = 'the-secret-that-it-had-before-0123456789'
    const { stdout, stderr, code } = await run(['create-client', ...words.flat(), '--json'], { input: `${secret}\n` })
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), { client_id: 'old-client' }, 'a secret that was brought is not printed')
    const { clients } = JSON.parse((await run(['list-clients', '--owner', 'ada', '--json'])).stdout) as Listed
    const [client] = clients
    assert.deepEqual(client?.metadata, {
      redirectUris: ['https://a.example/cb', 'https://b.example/cb'],
      postLogoutRedirectUris: ['https://a.example/bye'],
      allowedOrigins: ['https://a.example'],
      jwks: { keys: [publicKey] },
      idTokenSignedResponseAlg: 'HS256',
      requirePushedAuthorizationRequests: true,
      consent: 'never',
      responseTypes: ['code'],
    })
    assert.deepEqual(client?.grantTypes, ['authorization_code', 'refresh_token'])
    assert.deepEqual(
      [client?.authMethod, client?.isConfidential, client?.scopes],
      ['client_secret_post', true, ['openid']],
    )
  })

  it('takes the rest from a file, by the names of dynamic registration', async () => {
    const file = join(folder, 'client.json')
    writeFileSync(
      file,
      JSON.stringify({ redirect_uris: ['https://c.example/cb'], subject_type: 'pairwise', client_name: 'c' }),
    )
    const made = await run(['create-client', '--name', 'wins', '--public', '--metadata', file, '--json'])
    const { client_id: id } = JSON.parse(made.stdout) as { client_id: string; client_secret?: string }
    const { name, auth_method: method, metadata } = stored(id) ?? {}
    assert.deepEqual([name, method, /"subjectType":"pairwise"/.test(String(metadata))], ['wins', 'none', true])
    assert.ok(!('client_secret' in JSON.parse(made.stdout)))
    for (const [text, message] of [
      ['{', /is not valid JSON/],
      ['[]', /has to hold a JSON object/],
      ['{"color":"red"}', /has a member that there is not: color/],
    ] as const) {
      writeFileSync(file, text)
      const { code, stderr } = await run(['create-client', '--name', 'x', '--metadata', file])
      assert.equal(code, 2)
      assert.match(stderr, message)
    }
  })

  it('says everything that is wrong in one line, by option [B-STO-06 B-URI-17 RU05 AZ38 RG06]', async () => {
    const missing = await run(['create-client', '--grant', 'client_credentials'])
    assert.equal(missing.code, 2)
    assert.match(missing.stderr, /--name/)
    const words = [
      '--redirect-uri',
      'http://a.example/',
      '--redirect-uri',
      'https://a.example/#x',
      '--scope',
      'everything',
    ]
    const { code, stderr } = await run(['create-client', '--name', 'x', ...words, '--consent', 'sometimes'])
    assert.equal(code, 1)
    assert.equal(stderr.trim().split('\n').length, 1)
    assert.match(stderr, /--redirect-uri: No\. 1 begins with http.*No\. 2 holds a fragment/)
    assert.match(stderr, /--scope: No\. 1 is not in the catalogue/)
    assert.match(stderr, /--consent: It is none of: once, always, never/)
    const unfit = await run(['create-client', '--name', 'x', '--public', '--grant', 'client_credentials'])
    assert.match(unfit.stderr, /^--grant: A client that does not authenticate/)
    const lifetime = await run(['create-client', '--name', 'x', '--access-token-lifetime', 'soon'])
    assert.equal(lifetime.code, 2)
    const legacy = ['--grant', 'password', '--scope', 'read']
    assert.match((await run(['create-client', '--name', 'x', ...legacy])).stderr, /RFC 9700 advises against it/)
    const environment = { DOORWARD_OAUTH_LEGACY: 'password' }
    assert.equal((await run(['create-client', '--name', 'x', ...legacy], { environment })).code, 0)
    const twice = ['--client-id', 'old-client', '--grant', 'client_credentials']
    assert.match(
      (await run(['create-client', '--name', 'x', ...twice])).stderr,
      /There is a client with this client_id already/,
    )
  })

  it('changes, switches off and on, gives another secret, and deletes', async () => {
    const made = await run([
      'create-client',
      '--name',
      'x',
      '--grant',
      'client_credentials',
      '--scope',
      'read',
      '--json',
    ])
    const { client_id: id, client_secret: first } = JSON.parse(made.stdout) as {
      client_id: string
      client_secret: string
    }
    assert.match(
      (await run(['update-client', id, '--name', 'y', '--scope', 'write'])).stdout,
      /^y \(\S+\) is changed\.$/m,
    )
    assert.deepEqual([stored(id)?.['name'], stored(id)?.['scopes']], ['y', 'write'])
    assert.equal((await run(['update-client', id])).code, 2)

    assert.match((await run(['disable-client', id])).stdout, /is switched off/)
    assert.equal(stored(id)?.['is_active'], 0)
    assert.equal((await run(['enable-client', id])).code, 0)
    assert.equal(stored(id)?.['is_active'], 1)

    const rotated = await run(['rotate-client-secret', id, '--overlap', '24h', '--json'])
    const { client_secret: second } = JSON.parse(rotated.stdout) as { client_secret: string }
    assert.match(second, /^dw_sec_/)
    assert.notEqual(second, first)
    assert.match((await run(['rotate-client-secret', id])).stderr, /being rotated already/)
    assert.match((await run(['rotate-client-secret', id, '--cancel'])).stdout, /The new secret has ended/)
    assert.match((await run(['rotate-client-secret', id])).stdout, /This is the only time that it is shown/)
    assert.match((await run(['rotate-client-secret', id, '--finish'])).stdout, /The old secret has ended/)

    assert.equal((await run(['delete-client', id])).code, 0)
    assert.equal(stored(id), undefined)
    const { code, stderr } = await run(['delete-client', id])
    assert.equal(code, 1)
    assert.equal(stderr, `There is no client ${id}. Those that there are: doorward list-clients\n`)
  })
})

/** The row of a client. */
function stored(id: string): Readonly<Record<string, unknown>> | undefined {
  const database = new DatabaseSync(join(folder, 'data', 'doorward.sqlite3'), { readOnly: true })
  const columns = 'name, auth_method, scopes, metadata, is_active, secret_digest'
  try {
    return database.prepare(`select ${columns} from clients where identifier = ?`).get(id)
  } finally {
    database.close()
  }
}

interface Listed {
  readonly clients: readonly {
    readonly id: string
    readonly name: string
    readonly isConfidential: boolean
    readonly isActive: boolean
    readonly authMethod: string
    readonly grantTypes: readonly string[]
    readonly scopes: readonly string[]
    readonly metadata: Readonly<Record<string, unknown>>
  }[]
}

/** RFC 8037, appendix A.2. */
const publicKey = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
