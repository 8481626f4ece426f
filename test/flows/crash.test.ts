import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readSettings } from '../../src/server/settings.ts'
import { openInstance } from '../../src/server/instance.ts'

/** How often the server is killed. `CRASHES=200` makes a long night of it. */
const crashes = Number(process.env['CRASHES'] ?? 5)
const password = 'correct horse battery'

describe('a server that is killed at random while it issues', () => {
  it('loses nothing that it answered, and doubles nothing [OP04]', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-crash-'))
    const instance = await openInstance(readSettings({ data: folder, logLevel: 'silent' }))
    for (let n = 0; n < 4; n++) await instance.users.create({ username: `user${n}`, password })
    await instance.close()

    const history: Known = { tokens: [], live: new Map(), spent: [], ended: [] }
    for (let crash = 0; crash < crashes; crash++) {
      const { child, url } = await start(folder)
      test.after(() => child.kill('SIGKILL'))
      await holds(url, history)
      const stop = { now: false }
      const workers = Array.from({ length: 8 }, async (_, worker) => work(url, worker, history, stop))
      await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 500))
      child.kill('SIGKILL')
      stop.now = true
      await Promise.all(workers)
    }
    const { child, url } = await start(folder)
    test.after(() => child.kill('SIGKILL'))
    await holds(url, history)
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))

    assert.ok(history.tokens.length > 0 && history.spent.length > 0, 'the load did something')
    await intact(folder)
    rmSync(folder, { recursive: true })
  })
})

/** What the server has answered, and so has to know after a restart. */
interface Known {
  readonly tokens: string[]
  /** The newest refresh token of each family by its first one; `null` while an answer is awaited. */
  readonly live: Map<string, string | null>
  readonly spent: { readonly first: string; readonly token: string }[]
  readonly ended: string[]
}

/** Signs in, refreshes, signs out, takes tokens; remembers only what was answered. */
async function work(url: string, worker: number, known: Known, stop: { now: boolean }): Promise<void> {
  const username = `user${worker % 4}`
  while (!stop.now) {
    const issued = await post(url, '/api/token-auth/', { username, password })
    if (typeof issued?.['token'] === 'string') known.tokens.push(issued['token'])
    const first = (await post(url, '/api/token/', { username, password }))?.['refresh']
    if (typeof first !== 'string') continue
    let token = first
    known.live.set(first, token)
    for (let turn = 0; turn < 3 && !stop.now; turn++) {
      known.live.set(first, null)
      const next = (await post(url, '/api/token/refresh/', { refresh: token }))?.['refresh']
      if (typeof next !== 'string') break
      known.spent.push({ first, token })
      known.live.set(first, (token = next))
    }
    if (known.live.get(first) !== null && worker === 0) {
      known.live.set(first, null)
      if ((await post(url, '/api/token/blacklist/', { refresh: token })) !== null) known.ended.push(token)
    }
  }
}

/** Everything that was answered is true now. */
async function holds(url: string, { tokens, live, spent, ended }: Known): Promise<void> {
  for (const token of tokens.slice(-40)) {
    const { status } = await fetch(`${url}/api/whoami/`, { headers: { authorization: `Token ${token}` } })
    assert.equal(status, 200, 'a token that was handed out works')
  }
  for (const token of [...live.values()].filter((one) => one !== null).slice(-40)) {
    assert.notEqual(
      await post(url, '/api/token/verify/', { token }),
      null,
      'a refresh token that was handed out is good',
    )
  }
  for (const { token } of spent.slice(-40)) {
    assert.equal(await post(url, '/api/token/verify/', { token }), null, 'a spent refresh token stays spent')
  }
  for (const token of ended) {
    assert.equal(await post(url, '/api/token/verify/', { token }), null, 'what was signed out stays so')
  }
}

/** The file is whole, no family has two living branches, and the audit log hangs together. */
async function intact(folder: string): Promise<void> {
  const file = new DatabaseSync(join(folder, 'doorward.sqlite3'))
  assert.deepEqual({ ...file.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' })
  assert.deepEqual(file.prepare('pragma foreign_key_check').all(), [])
  const twice = 'select family_id from refresh_tokens where spent_at is null group by family_id having count(*) > 1'
  assert.deepEqual(file.prepare(twice).all(), [])
  file.close()
  const instance = await openInstance(readSettings({ data: folder, logLevel: 'silent' }))
  assert.deepEqual((await instance.verifyAudit()).breaks, [])
  await instance.close()
}

async function start(data: string): Promise<{ child: ChildProcess; url: string }> {
  const script = fileURLToPath(new URL('crash-server.ts', import.meta.url))
  const child = fork(script, [data], {
    execArgv: ['--conditions=doorward-source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(message as string))
    child.once('exit', (code) => reject(new Error(`The server ended with ${code} at its start.`)))
  })
  child.removeAllListeners('exit')
  return { child, url }
}

/** The JSON of a 2xx, `null` for a refusal and for no answer at all: then anything may be. */
async function post(url: string, path: string, body: unknown): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    const json = (await response.json()) as Readonly<Record<string, unknown>>
    assert.ok(response.status < 500 || response.status === 503, `${path} answered ${response.status}`)
    return response.ok ? json : null
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    return null
  }
}
