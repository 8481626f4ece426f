import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openInstance, readSettings } from '../src/server.ts'

// How long the server takes to start and how much memory it holds, empty and full; what a look-up costs as tables grow.
const { values } = parseArgs({
  options: {
    tokens: { type: 'string', default: '1000000' },
    users: { type: 'string', default: '100000' },
    sessions: { type: 'string', default: '100000' },
    built: { type: 'boolean', default: false },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'doorward-size-'))
const settings = readSettings({ data: folder, logLevel: 'silent' })
const program = values.built
  ? [fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))]
  : ['--conditions=doorward-source', fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))]

const instance = await openInstance(settings)
const { id } = await instance.users.create({ username: 'ada', password: 'correct horse battery' })
const { text } = await instance.apiTokens.issue({ owner: { kind: 'user', id }, name: 'bench' })
const { value } = await instance.sessions.create({ userId: id })
await instance.close()

const empty = await started()
const small = await lookUps()
fill()
const full = await started()
const large = await lookUps()
rmSync(folder, { recursive: true })

process.stdout.write(`| | empty | ${values.users} users, ${values.tokens} tokens, ${values.sessions} sessions |
|---|---|---|
| start until ready, ms | ${empty.ms} | ${full.ms} |
| resident three seconds after ready, MiB | ${empty.idle} | ${full.idle} |
| resident after 2,000 requests, MiB | ${empty.asked} | ${full.asked} |
| one token looked up, µs | ${small.toFixed(1)} | ${large.toFixed(1)} (${(large / small).toFixed(2)} ×) |
`)

interface Started {
  readonly ms: number
  /** MiB. */
  readonly idle: number
  readonly asked: number
}

/** Starts the server as a program, waits until it is ready, and asks it 2,000 times by token and by session. */
async function started(): Promise<Started> {
  const begun = performance.now()
  const server = spawn(process.execPath, [...program, '--data', folder, 'serve', '--port', '8765'], {
    stdio: 'ignore',
  })
  const url = 'http://127.0.0.1:8765'
  while (
    !(await fetch(`${url}/readyz`)
      .then(({ ok }) => ok)
      .catch(() => false))
  ) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const ms = Math.round(performance.now() - begun)
  await new Promise((resolve) => setTimeout(resolve, 3000))
  const idle = residentOf(server)
  for (let asked = 0; asked < 1000; asked++) {
    await fetch(`${url}/verify/forward`, { headers: { authorization: `Token ${text}` } }).then((r) => r.arrayBuffer())
    await fetch(`${url}/accounts/login/`, { headers: { cookie: `sessionid=${value}` } }).then((r) => r.arrayBuffer())
  }
  const asked = residentOf(server)
  server.kill('SIGTERM')
  await new Promise((resolve) => server.once('exit', resolve))
  return { ms, idle, asked }
}

function residentOf({ pid }: ChildProcess): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
}

/** Microseconds for the store to find a token, one after the other. */
async function lookUps(): Promise<number> {
  const opened = await openInstance(settings)
  const times: number[] = []
  for (let round = 0; round < 20; round++) {
    const begun = performance.now()
    for (let count = 0; count < 1000; count++) await opened.apiTokens.find(text)
    times.push(performance.now() - begun)
  }
  await opened.close()
  return times.toSorted((a, b) => a - b)[10] ?? Number.NaN
}

/** Rows like those that are there, with other ids. */
function fill(): void {
  const database = new DatabaseSync(join(folder, 'doorward.sqlite3'))
  const copies: readonly [table: string, count: number][] = [
    ['users', Number(values.users)],
    ['api_tokens', Number(values.tokens)],
    ['sessions', Number(values.sessions)],
  ]
  for (const [table, count] of copies) {
    const columns = database
      .prepare(`select name from pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => String(name))
    const selected = columns.map((name) => {
      if (name === 'id') return 'id - n'
      if (name === 'digest') return 'randomblob(32)'
      if (name.startsWith('username')) return `${name} || n`
      return name.startsWith('email') && name !== 'email_verified' ? 'null' : name
    })
    database.exec(`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})
      insert into ${table} (${columns.join(', ')}) select ${selected.join(', ')} from numbers, (select * from ${table} limit 1)`)
  }
  database.close()
}
