import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startRedis } from './services/redis.ts'

const program = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'doorward-cli-'))
const password = 'correct horse battery'

after(() => rmSync(folder, { recursive: true }))

describe('doorward', () => {
  before(async () => {
    const { code, stderr } = await doorward(
      ['create-user', 'ada', '--email', 'ada@example.com', '--password-stdin'],
      password,
    )
    assert.equal(code, 0, stderr)
  })

  it('lists every command with --help, and answers what it does not understand with 2', async () => {
    const { stdout, code } = await doorward(['--help'])
    assert.equal(code, 0)
    for (const command of ['init', 'serve', 'migrate', 'create-user', 'create-key', 'explain', 'doctor', 'purge']) {
      assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
    }
    assert.match((await doorward(['create-key', '--help'])).stdout, /Example: doorward create-key/)
    assert.equal((await doorward(['dance'])).code, 2)
    assert.equal((await doorward(['create-key'])).code, 2)
  })

  it('makes users, and refuses a taken name and a weak password in one line', async () => {
    const made = await doorward(['create-user', 'bob', '--staff', '--json'])
    const { username, password: shown } = JSON.parse(made.stdout) as { username: string; password: string }
    assert.equal(username, 'bob')
    assert.equal(shown.length, 20, 'a password is made where nobody can type one')
    for (const [name, given] of [
      ['ada', password],
      ['carol', 'password'],
    ] as const) {
      const { code, stderr } = await doorward(['create-user', name, '--password-stdin'], given)
      assert.equal(code, 1)
      assert.equal(stderr.trim().split('\n').length, 1, stderr)
      assert.ok(!stderr.includes(given === password ? password : 'at Object'))
    }
  })

  it('makes keys and tokens that are shown once and get in, and revokes them', async () => {
    const key = JSON.parse(
      (await doorward(['create-key', '--user', 'ada', '--name', 'ci', '--scope', 'read', '--json'])).stdout,
    ) as { id: string; key: string }
    assert.match(key.key, /^dw_live_/)
    assert.match((await explain(['-H', `X-Api-Key: ${key.key}`])).stdout, /apiKey +took it[^]*let in: 200/)
    assert.doesNotMatch((await doorward(['list-keys', '--user', 'ada'])).stdout, new RegExp(key.key))
    assert.equal((await doorward(['revoke', 'key', key.id])).code, 0)
    assert.match((await explain(['-H', `X-Api-Key: ${key.key}`])).stdout, /refused: 401/)

    const token = JSON.parse((await doorward(['create-token', 'ada', '--json'])).stdout) as { token: string }
    assert.match((await explain(['-H', `Authorization: Token ${token.token}`])).stdout, /let in: 200/)
    const { stdout } = await doorward(['create-token', 'ada', '--reset'])
    assert.match(stdout, /^Token dw_pat_\w+ for user ada\./, 'the output names user and token [B-TOK-14]')
    assert.match((await explain(['-H', `Authorization: Token ${token.token}`])).stdout, /refused: 401/)
  })

  it('says who is not there, and what to do', async () => {
    const { code, stderr } = await doorward(['create-token', 'nobody'])
    assert.equal(code, 1)
    assert.equal(stderr, 'There is no user nobody. Make one with: doorward create-user nobody\n')
    const unknown = await doorward(['revoke', 'key', 'no-such-id'])
    assert.equal(unknown.code, 1)
    assert.equal(unknown.stderr, 'There is no key no-such-id, or it has ended.\n')
  })

  it('ends with 2 and one line where it was not understood, and repeats no secret', async () => {
    const misused: readonly (readonly string[])[] = [
      ['create-key', '--name', 'x'],
      ['create-key', '--name', 'x', '--user', 'ada', '--service-account', 'reporting'],
      ['create-key', '--name', 'x', '--user', 'ada', '--expires', 'soon'],
      ['revoke'],
      ['revoke', 'key', '0IXeFClJMTA', '--all-of', 'ada'],
      ['create-token', 'ada', '--expires', '1 week'],
      ['revoke', 'constructor', 'x'],
      ['explain', '--policy', 'toString', '/'],
      ['explain', '--policy', 'scope:', '/'],
      ['explain', '--peer', 'here', '/'],
      ['explain', '-X', 'GE T', '/'],
      ['explain', '-H', 'Authorization Token s3cret', '/'],
      ['explain', '-H', 'X-Api-Key: s3cret\r\nX-Other: x', '/'],
    ]
    const answers = await Promise.all(misused.map(async (words) => doorward(words)))
    for (const [index, { code, stdout, stderr }] of answers.entries()) {
      assert.equal(code, 2, misused[index]?.join(' '))
      assert.equal(stderr.trim().split('\n').length, 1, stderr)
      assert.equal(stdout, '')
      assert.doesNotMatch(stderr, /s3cret/)
    }
  })

  it('takes a password from standard input as it is, and no bytes that are no text', async () => {
    const spaced = '  spaces around it  '
    assert.equal((await doorward(['create-user', 'dora', '--password-stdin'], `${spaced}\n`)).code, 0)
    assert.match((await explain(['-u', `dora:${spaced}`])).stdout, /let in/)
    for (const [bytes, why] of [
      [Buffer.from('passw\xFFrd of many bytes', 'latin1'), /not valid UTF-8/],
      [Buffer.alloc(100_000, 'a'), /too long/],
      [Buffer.alloc(0), /longer password/],
    ] as const) {
      const { code, stderr } = await doorward(['create-user', 'eve', '--password-stdin'], bytes)
      assert.equal(code, 1)
      assert.match(stderr, why)
    }
    assert.doesNotMatch((await doorward(['list-users'])).stdout, /eve/)
  })

  it('says what it needs when an older Node starts it', async () => {
    const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.6.0' } })`
    const { code, stderr } = await node([
      `--import=data:text/javascript,${encodeURIComponent(older)}`,
      ...arguments_(['settings']),
    ])
    assert.equal(code, 1)
    assert.match(stderr, /^Doorward needs Node 24\.7 or newer; this is 24\.6\.0\./)
  })

  it('makes keys with an end, a rate and addresses of their own, and shows how to use them', async () => {
    const words = [
      '--expires',
      '90d',
      '--rate',
      '100/min',
      '--allow',
      '10.0.0.0/8',
      '--allow',
      '2001:db8::/32',
      '--test',
    ]
    const { stdout, code } = await doorward(['create-key', '--user', 'ada', '--name', 'far', ...words])
    assert.equal(code, 0)
    const [key = ''] = stdout.split('\n')
    assert.match(key, /^dw_test_/)
    assert.match(stdout, new RegExp(`^curl -H 'X-Api-Key: ${key}' http://127\\.0\\.0\\.1:8000/`, 'm'))
    const from = async (peer: string): Promise<string> =>
      (await explain(['-H', `X-Api-Key: ${key}`, '--peer', peer])).stdout
    assert.match(await from('10.1.2.3'), /let in/)
    assert.match(await from('2001:db8::1'), /let in/)
    assert.match(await from('192.0.2.1'), /refused: 40[13]/)
    for (const [option, value, why] of [
      ['--rate', 'fast', /rate: /],
      ['--allow', '10.0.0.0/99', /allowedAddresses: /],
      ['--expires', '0d', /expiresAt: /],
    ] as const) {
      const refused = await doorward(['create-key', '--user', 'ada', '--name', 'bad', option, value])
      assert.equal(refused.code, 1)
      assert.match(refused.stderr, why)
    }
    assert.doesNotMatch((await doorward(['list-keys', '--user', 'ada'])).stdout, /bad/)
  })

  it('explains a request step by step, and repeats no secret', async () => {
    const { stdout } = await explain(['-u', 'ada:wrong', '--policy', 'isStaff'])
    assert.match(stdout, /basic +refused \(authentication_failed/)
    assert.doesNotMatch(stdout, /wrong/)
    const denied = await explain(['-u', `ada:${password}`, '--policy', 'isStaff'])
    assert.match(denied.stdout, /isStaff +denied[^]*user ada \(\w{11}\) by basic\nrefused: 403/)
    const asJson = await doorward(['--json', 'explain', '-u', `ada:${password}`, '/'])
    assert.equal((JSON.parse(asJson.stdout) as { answer: { allowed: boolean } }).answer.allowed, true)
  })

  it('switches users off and on, and signs them out everywhere', async () => {
    assert.equal((await doorward(['disable-user', 'ada'])).code, 0)
    assert.match((await explain(['-u', `ada:${password}`])).stdout, /refused: 401/)
    assert.equal((await doorward(['enable-user', 'ada'])).code, 0)
    assert.match((await explain(['-u', `ada:${password}`])).stdout, /let in/)
    assert.equal((await doorward(['revoke', '--all-of', 'ada'])).code, 0)
  })

  it('makes service accounts with keys of their own', async () => {
    assert.equal((await doorward(['create-service-account', 'reporting', '--owner', 'ada', '--scope', 'read'])).code, 0)
    const { stdout } = await doorward([
      'create-key',
      '--service-account',
      'reporting',
      '--name',
      'nightly',
      '--scope',
      'read',
      '--json',
    ])
    const { key } = JSON.parse(stdout) as { key: string }
    assert.match(
      (await explain(['-H', `X-Api-Key: ${key}`, '--policy', 'scope:read'])).stdout,
      /service_account reporting[^]*let in/,
    )
    assert.match((await explain(['-H', `X-Api-Key: ${key}`, '--policy', 'isUser'])).stdout, /refused: 403/)
  })

  it('rotates signing keys in two phases', async () => {
    assert.match((await doorward(['rotate-keys'])).stdout, /is published and signs from/)
    const { keys } = JSON.parse((await doorward(['rotate-keys', '--list', '--json'])).stdout) as {
      keys: { state: string }[]
    }
    assert.deepEqual(keys.map(({ state }) => state).toSorted(), ['current', 'next'])
  })

  it('purges, and finds the audit log whole', async () => {
    assert.equal((await doorward(['purge'])).code, 0)
    assert.match((await doorward(['verify-audit'])).stdout, /The audit log is whole: \d+ events/)
  })

  it('names what was changed in the audit log, and ends with 1', async () => {
    const elsewhere = join(folder, 'changed')
    assert.equal((await doorward(['--data', elsewhere, 'create-user', 'mallory'])).code, 0)
    const database = new DatabaseSync(join(elsewhere, 'doorward.sqlite3'))
    database.exec("update audit_events set actor = 'nobody' where event = 'user.created'")
    database.close()
    const { code, stdout } = await doorward(['--data', elsewhere, 'verify-audit'])
    assert.equal(code, 1)
    assert.match(stdout, /^  event \w{11}: changed \(chain \w{11}, position \d+\)$/m)
    const asJson = await doorward(['--data', elsewhere, 'verify-audit', '--json'])
    assert.equal((JSON.parse(asJson.stdout) as { isWhole: boolean }).isWhole, false)
  })

  it('shows settings without secrets, and writes a configuration file once', async () => {
    const { stdout } = await doorward(['settings'], undefined, {
      DOORWARD_SECRET: 'x'.repeat(40),
      DOORWARD_PORT: '9000',
    })
    assert.match(stdout, /^\* port +9000 +\(DOORWARD_PORT\)$/m)
    assert.match(stdout, /^\* secret +\(set, not shown\) +\(DOORWARD_SECRET\)$/m)
    assert.doesNotMatch(stdout, /xxxx/)
    const elsewhere = mkdtempSync(join(tmpdir(), 'doorward-init-'))
    assert.equal((await doorward(['init'], undefined, {}, elsewhere)).code, 0)
    assert.ok(existsSync(join(elsewhere, 'doorward.config.ts')))
    assert.equal((await doorward(['init'], undefined, {}, elsewhere)).code, 1)
    rmSync(elsewhere, { recursive: true })
  })

  it('names what is wrong with the settings, all at once', async () => {
    const { code, stderr } = await doorward(['settings'], undefined, {
      DOORWARD_PORT: 'high',
      DOORWARD_REFRESH_GRACE: '60',
    })
    assert.equal(code, 1)
    assert.match(stderr, /port: [^]*refreshGrace: /)
    assert.match(
      (await doorward(['settings'], undefined, { DOORWARD_PROT: '1' })).stderr,
      /DOORWARD_PROT is not a setting/,
    )
  })

  it('finds what is insecure, with the fix', async () => {
    const fine = await doorward(['doctor'])
    assert.equal(fine.code, 0, fine.stdout)
    assert.match(fine.stdout, /warning +Development mode/)
    const file = join(folder, 'data', 'doorward.sqlite3')
    assert.equal(statSync(file).mode & 0o077, 0)
    chmodSync(file, 0o644)
    const bad = await doorward(['doctor'], undefined, {
      DOORWARD_PUBLIC_URL: 'http://id.example.com',
      DOORWARD_TRUSTED_PROXIES: '0.0.0.0/0',
    })
    chmodSync(file, 0o600)
    assert.equal(bad.code, 1)
    for (const words of [
      /travel in clear/,
      /No secret is set[^]*openssl rand/,
      /is open to others[^]*chmod 600/,
      /trustedProxies trusts every address/,
    ]) {
      assert.match(bad.stdout, words)
    }
  })

  it('repeats no password of a database that does not answer, and makes no database to look at it', async () => {
    const address = 'postgres://ada:correct-horse@127.0.0.1:1/none'
    for (const words of [['list-users'], ['doctor'], ['list-users', '--verbose'], ['doctor', '--json']]) {
      const { code, stdout, stderr } = await doorward(['--database', address, ...words])
      assert.equal(code, 1)
      assert.match(stdout + stderr, /database does not answer/)
      assert.doesNotMatch(stdout + stderr, /correct-horse/)
    }
    const nowhere = join(folder, 'nowhere')
    assert.match((await doorward(['--data', nowhere, 'doctor'])).stdout, /There is no database yet/)
    assert.equal(existsSync(nowhere), false)
  })

  it('asks the Redis that is to count', async () => {
    const redis = await startRedis()
    try {
      const { stdout, code } = await doorward(['doctor'], undefined, { DOORWARD_REDIS_URL: redis.url })
      assert.match(stdout, /^ok +Redis answers/m)
      assert.equal(code, 0)
    } finally {
      await redis.close()
    }
    const gone = await doorward(['doctor'], undefined, { DOORWARD_REDIS_URL: redis.url })
    assert.match(gone.stdout, /^problem +Redis does not answer/m)
    assert.equal(gone.code, 1)
  })

  it('migrates, and tells what is to be migrated', async () => {
    const elsewhere = ['--data', join(folder, 'new')]
    assert.equal((await doorward([...elsewhere, 'migrate', '--check'])).code, 1)
    assert.equal((await doorward([...elsewhere, 'migrate'])).code, 0)
    assert.equal((await doorward([...elsewhere, 'migrate', '--check'])).code, 0)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`serves until ${signal}, lets a running request finish, and ends with 0`, async () => {
      const server = await startServer()
      assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
      const request = await heldRequest(server.url)
      server.kill(signal)
      await server.refuses()
      assert.match(await request.finish(), /^HTTP\/1\.1 400/, 'it is answered, empty object as it is')
      assert.equal(await server.ended, 0)
    })
  }

  it('ends at once at a second signal, whatever still runs', async () => {
    const server = await startServer({ DOORWARD_SHUTDOWN_GRACE: '600' })
    const request = await heldRequest(server.url)
    server.kill('SIGTERM')
    await server.refuses()
    server.kill('SIGINT')
    assert.equal(await server.ended, 1)
    request.end()
  })

  it('does not serve with an old schema where it may not change it, or at a port that is none or taken', async () => {
    const old = await doorward(['--data', join(folder, 'old'), 'serve', '--port', '0', '--no-migrate'])
    assert.equal(old.code, 1)
    assert.match(old.stderr, /doorward migrate/)
    assert.equal((await doorward(['serve', '--port', '99999'])).code, 1)
    const server = await startServer()
    const second = await doorward(['serve', '--port', new URL(server.url).port])
    assert.equal(second.code, 1)
    assert.match(second.stderr, /^The port \d+ is taken/m)
    server.kill('SIGTERM')
    await server.ended
  })
})

interface Served {
  readonly url: string
  readonly kill: (signal: NodeJS.Signals) => void
  /** Resolves once it takes no connections any more. */
  readonly refuses: () => Promise<void>
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

async function startServer(more: Readonly<Record<string, string>> = {}): Promise<Served> {
  const child = spawn(process.execPath, arguments_(['serve', '--port', '0']), { cwd: folder, env: environment(more) })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`It ended: ${output}`)))
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes('"listening"')) resolve()
      })
    }
  })
  const line = output.split('\n').find((one) => one.includes('"listening"')) ?? '{}'
  const { url } = JSON.parse(line) as { url: string }
  return {
    url,
    kill: (signal) => void child.kill(signal),
    refuses: async () => {
      while (await connects(url)) await sleep(20)
    },
    ended,
  }
}

async function connects(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** A request that the server has begun to read, and whose body is still to come. */
async function heldRequest(url: string): Promise<{ readonly finish: () => Promise<string>; readonly end: () => void }> {
  const { host, port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `POST /api/token/ HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`,
  )
  const [greeting] = (await once(socket, 'data')) as [Buffer]
  assert.match(greeting.toString(), /^HTTP\/1\.1 100/)
  return {
    finish: async () => {
      const answer = once(socket, 'data') as Promise<[Buffer]>
      socket.write('{}')
      const [bytes] = await answer
      socket.destroy()
      return bytes.toString()
    },
    end: () => socket.destroy(),
  }
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function explain(options: readonly string[]): Promise<Ended> {
  return doorward(['explain', ...options, '/api/whoami/'])
}

async function doorward(
  words: readonly string[],
  input: string | Uint8Array = '',
  more: Readonly<Record<string, string>> = {},
  cwd = folder,
): Promise<Ended> {
  return node(arguments_(words), input, more, cwd)
}

async function node(
  words: readonly string[],
  input: string | Uint8Array = '',
  more: Readonly<Record<string, string>> = {},
  cwd = folder,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, words, { cwd, env: environment(more) }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr })
    })
    // Whoever does not read its input to the end closes it.
    child.stdin?.on('error', () => undefined).end(input)
  })
}

function arguments_(words: readonly string[]): string[] {
  return ['--conditions=source', program, ...words]
}

function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], DOORWARD_DATA: join(folder, 'data'), ...more }
}
