import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { jsonAnswer } from '../../src/http/exchange.ts'
import { readSettings } from '../../src/server/settings.ts'
import { serve, type RunningServer } from '../../src/server/serve.ts'
import { startPostgres, type PostgresServer } from '../services/postgres.ts'
import { eventually } from '../services/server-process.ts'

const password = 'correct horse battery'

describe('a server whose database goes away', () => {
  const data = mkdtempSync(join(tmpdir(), 'doorward-outage-'))
  let postgres: PostgresServer
  let server: RunningServer
  let token = ''
  let access = ''

  before(async () => {
    postgres = await startPostgres()
    server = await serve(readSettings({ data, port: 0, databaseUrl: postgres.url, logLevel: 'silent' }))
    await server.instance.users.create({ username: 'ada', password })
    // On a busy machine a database that has just begun may take longer than the second that a request waits for it.
    await eventually(async () => {
      token = String((await post('/api/token-auth/'))['token'])
      access = String((await post('/api/token/'))['access'])
    })
  })
  after(async () => {
    await server.stop()
    await postgres.close()
    rmSync(data, { recursive: true })
  })

  it('stays alive and is not ready, answers 503 with Retry-After, and goes on checking JWTs [OP01]', async () => {
    assert.equal((await who(`Token ${token}`)).status, 200)
    await postgres.kill()
    for (const response of [
      await who(`Token ${token}`),
      await fetch(`${server.url}/readyz`),
      await fetch(`${server.url}/api/token/`, login),
    ]) {
      assert.equal(response.status, 503)
      assert.ok(Number(response.headers.get('retry-after')) >= 1)
      assert.equal(((await response.json()) as { code: string }).code, 'unavailable')
    }
    assert.equal((await fetch(`${server.url}/livez`)).status, 200)
    assert.equal((await who(`Bearer ${access}`)).status, 200)
    assert.equal(
      (await who('Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.')).status,
      401,
      'nothing is let in that was not before',
    )
  })

  it('serves again once the database is back, without a restart [OP02]', async () => {
    await postgres.restart()
    await eventually(async () => assert.equal((await who(`Token ${token}`)).status, 200))
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
    assert.equal(typeof (await post('/api/token/'))['access'], 'string')
  })

  const login = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password }),
  }

  async function who(authorization: string): Promise<Response> {
    return fetch(`${server.url}/api/whoami/`, { headers: { authorization } })
  }

  async function post(path: string): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(server.url + path, login)
    assert.equal(response.status, 200)
    return (await response.json()) as Readonly<Record<string, unknown>>
  }
})

describe('a server that is told to stop', () => {
  it('finishes what runs, takes nothing new, and is not ready meanwhile [OP03]', async () => {
    const data = mkdtempSync(join(tmpdir(), 'doorward-stop-'))
    let begun = (): void => undefined
    const running = new Promise<void>((resolve) => (begun = resolve))
    const server = await serve(readSettings({ data, port: 0, logLevel: 'silent' }), {
      routes: () => [
        {
          path: '/slow/',
          methods: {
            GET: async () => {
              begun()
              await new Promise((resolve) => setTimeout(resolve, 300))
              return jsonAnswer({ done: true })
            },
          },
        },
      ],
    })
    const slow = get(`${server.url}/slow/`)
    await running
    const stopped = server.stop()
    assert.equal(await slow, '{"done":true}')
    await stopped
    await assert.rejects(get(`${server.url}/livez`), { code: 'ECONNREFUSED' })
    rmSync(data, { recursive: true })
  })
})

async function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve(body))
    })
    sent.once('error', reject)
    sent.end()
  })
}
