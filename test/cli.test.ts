import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { createDoorward, type Ended } from '../src/cli/doorward.contract.ts'

const { folder, run, remove } = createDoorward()
const password = 'correct horse battery'
after(remove)

describe('doorward', () => {
  before(async () => {
    const { code, stderr } = await run(['create-user', 'ada', '--email', 'ada@example.com', '--password-stdin'], {
      input: password,
    })
    assert.equal(code, 0, stderr)
  })

  it('lists every command with --help, and answers what it does not understand with 2', async () => {
    const { stdout, code } = await run(['--help'])
    assert.equal(code, 0)
    for (const command of ['init', 'serve', 'migrate', 'create-user', 'create-key', 'explain', 'doctor', 'purge']) {
      assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
    }
    assert.match((await run(['create-key', '--help'])).stdout, /Example: doorward create-key/)
    assert.equal((await run(['dance'])).code, 2)
    assert.equal((await run(['create-key'])).code, 2)
  })

  it('tells its version, and loads nothing of the server to help or to refuse a word', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    assert.equal((await run(['--version'])).stdout, `${version}\n`)
    assert.match((await run(['settings'], { node: tellingWhatIsLoaded })).stderr, heavy, 'what is loaded is seen')
    for (const words of [['--help'], ['apply', '--help'], ['serve', '--prot', '1'], ['dance'], ['create-key']]) {
      const { stderr } = await run(words, { node: tellingWhatIsLoaded })
      assert.match(stderr, /loads .*\/node_modules\/commander\//)
      assert.doesNotMatch(stderr, heavy, words.join(' '))
    }
  })

  it('makes users, and refuses a taken name and a weak password in one line', async () => {
    const made = await run(['create-user', 'bob', '--staff', '--json'])
    const { username, password: shown } = JSON.parse(made.stdout) as { username: string; password: string }
    assert.equal(username, 'bob')
    assert.equal(shown.length, 20, 'a password is made where nobody can type one')
    for (const [name, given] of [
      ['ada', password],
      ['carol', 'password'],
    ] as const) {
      const { code, stderr } = await run(['create-user', name, '--password-stdin'], { input: given })
      assert.equal(code, 1)
      assert.equal(stderr.trim().split('\n').length, 1, stderr)
      assert.ok(!stderr.includes(given === password ? password : 'at Object'))
    }
  })

  it('makes keys and tokens that are shown once and get in, and revokes them [B-TOK-14]', async () => {
    const key = JSON.parse(
      (await run(['create-key', '--user', 'ada', '--name', 'ci', '--scope', 'read', '--json'])).stdout,
    ) as { id: string; key: string }
    assert.match(key.key, /^dw_live_/)
    assert.match((await explain(['-H', `X-Api-Key: ${key.key}`])).stdout, /apiKey +took it[^]*let in: 200/)
    assert.doesNotMatch((await run(['list-keys', '--user', 'ada'])).stdout, new RegExp(key.key))
    assert.equal((await run(['revoke', 'key', key.id])).code, 0)
    assert.match((await explain(['-H', `X-Api-Key: ${key.key}`])).stdout, /refused: 401/)

    const token = JSON.parse((await run(['create-token', 'ada', '--json'])).stdout) as { token: string }
    assert.match((await explain(['-H', `Authorization: Token ${token.token}`])).stdout, /let in: 200/)
    const another = JSON.parse((await run(['create-token', 'ada', '--json'])).stdout) as { token: string }
    assert.notEqual(another.token, token.token, 'only digests are kept: the first cannot be printed again')
    assert.match((await explain(['-H', `Authorization: Token ${token.token}`])).stdout, /let in: 200/)
    const { stdout } = await run(['create-token', 'ada', '--reset'])
    assert.match(stdout, /^Token dw_pat_\w+ for user ada\./, 'the output names user and token')
    assert.match((await explain(['-H', `Authorization: Token ${token.token}`])).stdout, /refused: 401/)
  })

  it('says who is not there, and what to do [B-TOK-14]', async () => {
    const { code, stderr } = await run(['create-token', 'nobody'])
    assert.equal(code, 1)
    assert.equal(stderr, 'There is no user nobody. Make one with: doorward create-user nobody\n')
    const unknown = await run(['revoke', 'key', 'no-such-id'])
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
    const answers = await Promise.all(misused.map(async (words) => run(words)))
    for (const [index, { code, stdout, stderr }] of answers.entries()) {
      assert.equal(code, 2, misused[index]?.join(' '))
      assert.equal(stderr.trim().split('\n').length, 1, stderr)
      assert.equal(stdout, '')
      assert.doesNotMatch(stderr, /s3cret/)
    }
  })

  it('takes a password from standard input as it is, and no bytes that are no text', async () => {
    const spaced = '  spaces around it  '
    assert.equal((await run(['create-user', 'dora', '--password-stdin'], { input: `${spaced}\n` })).code, 0)
    assert.match((await explain(['-u', `dora:${spaced}`])).stdout, /let in/)
    for (const [bytes, why] of [
      [Buffer.from('passw\xFFrd of many bytes', 'latin1'), /not valid UTF-8/],
      [Buffer.alloc(100_000, 'a'), /too long/],
      [Buffer.alloc(0), /longer password/],
    ] as const) {
      const { code, stderr } = await run(['create-user', 'eve', '--password-stdin'], { input: bytes })
      assert.equal(code, 1)
      assert.match(stderr, why)
    }
    assert.doesNotMatch((await run(['list-users'])).stdout, /eve/)
  })

  it('says what it needs when an older Node starts it', async () => {
    const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.6.0' } })`
    const node = [`--import=data:text/javascript,${encodeURIComponent(older)}`]
    const { code, stderr } = await run(['settings'], { node })
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
    const { stdout, code } = await run(['create-key', '--user', 'ada', '--name', 'far', ...words])
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
      const refused = await run(['create-key', '--user', 'ada', '--name', 'bad', option, value])
      assert.equal(refused.code, 1)
      assert.match(refused.stderr, why)
    }
    assert.doesNotMatch((await run(['list-keys', '--user', 'ada'])).stdout, /bad/)
  })

  it('explains a request step by step, and repeats no secret', async () => {
    const { stdout } = await explain(['-u', 'ada:wrong', '--policy', 'isStaff'])
    assert.match(stdout, /basic +refused \(authentication_failed/)
    assert.doesNotMatch(stdout, /wrong/)
    const denied = await explain(['-u', `ada:${password}`, '--policy', 'isStaff'])
    assert.match(denied.stdout, /isStaff +denied[^]*user ada \(\w{11}\) by basic\nrefused: 403/)
    const headers = `Authorization: Basic ${Buffer.from(`ada:${password}`).toString('base64')}\n`
    const fromInput = await run(['explain', '-H', '@-', '/'], { input: headers })
    assert.match(fromInput.stdout, /user ada \(\w{11}\) by basic\nlet in/)
    const asJson = await run(['--json', 'explain', '-u', `ada:${password}`, '/'])
    assert.equal((JSON.parse(asJson.stdout) as { answer: { allowed: boolean } }).answer.allowed, true)
  })

  it('switches users off and on, and signs them out everywhere', async () => {
    assert.equal((await run(['disable-user', 'ada'])).code, 0)
    assert.match((await explain(['-u', `ada:${password}`])).stdout, /refused: 401/)
    assert.equal((await run(['enable-user', 'ada'])).code, 0)
    assert.match((await explain(['-u', `ada:${password}`])).stdout, /let in/)
    assert.equal((await run(['revoke', '--all-of', 'ada'])).code, 0)
  })

  it('makes service accounts with keys of their own', async () => {
    assert.equal((await run(['create-service-account', 'reporting', '--owner', 'ada', '--scope', 'read'])).code, 0)
    const { stdout } = await run([
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
    assert.match((await run(['rotate-keys'])).stdout, /is published and signs from/)
    const { keys } = JSON.parse((await run(['rotate-keys', '--list', '--json'])).stdout) as {
      keys: { state: string }[]
    }
    assert.deepEqual(keys.map(({ state }) => state).toSorted(), ['current', 'next'])
  })

  it('purges, names what never ends, and finds the audit log whole [B-STO-05]', async () => {
    const purged = await run(['purge', '--keep-audit', '1d'])
    assert.equal(purged.code, 0)
    assert.match(purged.stderr, /^Opaque tokens live until somebody revokes them: tokenLifetime is not set\.$/m)
    const ended = await run(['purge'], { environment: { DOORWARD_TOKEN_LIFETIME: '90d' } })
    assert.doesNotMatch(ended.stderr, /is not set/)
    assert.match((await run(['verify-audit'])).stdout, /The audit log is whole: \d+ events/)
  })

  it('purges nothing where it is told wrongly how long things are kept [B-STO-05]', async () => {
    const soon = await run(['purge', '--keep-audit', '1h'])
    assert.deepEqual([soon.code, soon.stderr], [2, '--keep-audit is a day or more, such as 400d.\n'])
    assert.equal((await run(['purge', '--keep-audit', 'forever'])).code, 2)
    const environment = { DOORWARD_OAUTH_UNUSED_REGISTRATION_LIFETIME: 'never' }
    const never = await run(['purge'], { environment })
    assert.equal(never.code, 1)
    assert.match(never.stderr, /oauthUnusedRegistrationLifetime/)
  })

  it('names what was changed in the audit log, and ends with 1', async () => {
    const elsewhere = join(folder, 'changed')
    assert.equal((await run(['--data', elsewhere, 'create-user', 'mallory'])).code, 0)
    const database = new DatabaseSync(join(elsewhere, 'doorward.sqlite3'))
    database.exec("update audit_events set actor = 'nobody' where event = 'user.created'")
    database.close()
    const { code, stdout } = await run(['--data', elsewhere, 'verify-audit'])
    assert.equal(code, 1)
    assert.match(stdout, /^  event \w{11}: changed \(chain \w{11}, position \d+\)$/m)
    const asJson = await run(['--data', elsewhere, 'verify-audit', '--json'])
    assert.equal((JSON.parse(asJson.stdout) as { isWhole: boolean }).isWhole, false)
  })

  it('migrates, and tells what is to be migrated', async () => {
    const elsewhere = ['--data', join(folder, 'new')]
    assert.equal((await run([...elsewhere, 'migrate', '--check'])).code, 1)
    assert.equal((await run([...elsewhere, 'migrate'])).code, 0)
    assert.equal((await run([...elsewhere, 'migrate', '--check'])).code, 0)
  })

  it('says what is wrong with a database or a file that it is to take, and what to do [B-STO-11]', async () => {
    const secret = { DOORWARD_SECRET: 'x'.repeat(16) + 'y'.repeat(16), DOORWARD_PUBLIC_URL: 'https://id.example.com' }
    const empty = await run(['--data', join(folder, 'empty'), 'list-users'], { environment: secret })
    assert.equal(empty.code, 1)
    assert.match(empty.stderr, / The schema lacks 0001-tables, .*\. Run: doorward migrate$/m)
    const foreign = await run(['--database', 'mysql://ada:correct-horse@db/x', 'list-users'])
    assert.equal(foreign.code, 1)
    assert.match(foreign.stderr, /databaseUrl: a database is postgres:\/\/… or sqlite:path/)
    assert.doesNotMatch(foreign.stderr, /correct-horse/)
    writeFileSync(join(folder, 'empty.config.ts'), 'export const settings = {}\n')
    for (const [file, said] of [
      ['no-such.config.ts', /The configuration file no-such\.config\.ts does not exist\.$/m],
      ['empty.config.ts', /empty\.config\.ts has to export its settings: export default defineConfig/m],
    ] as const) {
      const { code, stderr } = await run(['--config', file, 'settings'])
      assert.equal(code, 1)
      assert.match(stderr, said)
    }
  })
})

async function explain(options: readonly string[]): Promise<Ended> {
  return run(['explain', ...options, '/api/whoami/'])
}

const heavy = /loads .*(?:\/node_modules\/(?:kysely|zod|hono|pino)\/|\/server\/instance\.)/

const tellingWhatIsLoaded = [
  `--import=data:text/javascript,${encodeURIComponent(
    `import { registerHooks } from 'node:module'
    registerHooks({ load(url, context, next) { process.stderr.write('loads ' + url + '\\n'); return next(url, context) } })`,
  )}`,
]
