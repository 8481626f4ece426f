import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SignJWT } from 'jose'

describe('examples/hono.ts', () => {
  it('lets a key of its own database in, filters a list, and guards what belongs to others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-hono-'))
    await using program = await start('hono', {
      DOORWARD_DATA: folder,
      DOORWARD_PORT: '0',
      DOORWARD_LOG_LEVEL: 'error',
    })
    const key = /dw_live_\w+/.exec(program.printed)?.[0] ?? ''
    const { call } = program
    assert.deepEqual(await call('/me', { 'x-api-key': key }), [200, { via: 'apiKey', name: 'ada' }])
    assert.equal((await call('/me'))[0], 401)
    const [, notes] = await call('/notes', { authorization: `Bearer ${key}` })
    assert.deepEqual(
      (notes as { id: string }[]).map(({ id }) => id),
      ['1'],
    )
    const put = { method: 'PUT', body: 'changed' }
    assert.equal((await call('/notes/1', { 'x-api-key': key }, put))[0], 200)
    assert.equal((await call('/notes/2', { 'x-api-key': key }, put))[0], 403)
    assert.equal((await call('/notes/3', { 'x-api-key': key }, put))[0], 404)
    await program.stop()
    rmSync(folder, { recursive: true })
  })
})

describe('examples/express.ts', () => {
  it('lets keys in as far as their scopes go', async () => {
    await using program = await start('express')
    const headers = { 'x-api-key': /sk_[\w-]+/.exec(program.printed)?.[0] ?? '' }
    const { call } = program
    assert.deepEqual(await call('/reports', headers), [200, { for: 'reporting' }])
    assert.equal((await call('/reports', headers, { method: 'POST' }))[0], 403)
    assert.equal((await call('/reports', { 'x-api-key': 'sk_made_up' }))[0], 401)
    assert.equal((await call('/reports'))[0], 401)
    assert.deepEqual(await call('/health'), [200, { ok: true }])
  })
})

describe('examples/fastify.ts', () => {
  it('takes access tokens of the issuer that are meant for it, and no others', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    await using program = await start('fastify', {
      PUBLIC_KEY: String(publicKey.export({ type: 'spki', format: 'pem' })),
    })
    const { call } = program
    const token = async (claims: Readonly<Record<string, unknown>>, audience = 'https://api.example') => {
      const jwt = new SignJWT({ sub: '7', name: 'ada', ...claims }).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' })
      const signed = await jwt
        .setIssuer('https://id.example')
        .setAudience(audience)
        .setExpirationTime('5m')
        .sign(privateKey)
      return { authorization: `Bearer ${signed}` }
    }
    const [status, me] = await call('/me', await token({}))
    assert.equal(status, 200)
    assert.equal((me as { name: string }).name, 'ada')
    assert.equal((await call('/me', await token({}, 'https://other.example')))[0], 401)
    assert.deepEqual(await call('/notes', await token({ scope: 'notes.read' })), [200, ['a note']])
    assert.equal((await call('/notes', await token({ scope: 'other' })))[0], 403)
    assert.equal((await call('/admin', await token({})))[0], 403)
    assert.equal((await call('/admin', await token({ is_staff: true })))[0], 200)
    assert.equal((await call('/admin'))[0], 401)
  })
})

describe('examples/node.ts', () => {
  it('believes the proxy, takes the token, and says why', async () => {
    await using program = await start('node', { DEPLOY_TOKEN: 'deploy_for_this_test' })
    const { call } = program
    const token = { authorization: 'Bearer deploy_for_this_test' }
    assert.deepEqual(await call('/me', { 'remote-user': 'ada' }), [200, { via: 'remoteUser', name: 'ada' }])
    assert.equal((await call('/me', token))[0], 403)
    assert.deepEqual(await call('/deploy', token), [200, { scopes: ['deploy'] }])
    assert.equal((await call('/deploy', { authorization: 'Bearer deploy_made_up' }))[0], 401)
    const [, why] = await call('/why', { 'remote-user': 'ada', 'x-forwarded-for': '203.0.113.9' })
    const { request, identity, answer } = why as {
      request: { address: string }
      identity: { via: string }
      answer: { allowed: boolean }
    }
    assert.deepEqual([request.address, identity.via, answer.allowed], ['203.0.113.9', 'remoteUser', true])
    assert.equal((await call('/nothing'))[0], 404)
  })
})

describe('examples/own-authenticator.ts', () => {
  it('takes what is signed, now and for this request, and nothing else', async () => {
    const secret = 'a secret of at least 32 characters'
    await using program = await start('own-authenticator', { SIGNING_SECRET: secret })
    const { call } = program
    const sign = (path: string, seconds = Math.floor(Date.now() / 1000), key = secret) => {
      const signature = createHmac('sha256', key).update(`shop\n${seconds}\nGET\n${path}`).digest('hex')
      return { authorization: `Signed shop:${seconds}:${signature}` }
    }
    const [status, answer] = await call('/hooks?order=7', sign('/hooks?order=7'))
    assert.deepEqual([status, (answer as { from: string }).from], [200, 'shop'])
    assert.equal((await call('/hooks?order=8', sign('/hooks?order=7')))[0], 401)
    assert.equal((await call('/hooks', sign('/hooks', 1_700_000_000)))[0], 401)
    assert.equal((await call('/hooks', sign('/hooks', undefined, 'another secret')))[0], 401)
    assert.deepEqual(await call('/hooks', { authorization: 'Signed rubbish' }), [
      401,
      { detail: 'The Authorization header is malformed.', code: 'bad_authorization_header' },
    ])
    assert.equal((await call('/hooks'))[0], 401)
  })
})

interface Program extends AsyncDisposable {
  readonly printed: string
  readonly call: (
    path: string,
    headers?: Readonly<Record<string, string>>,
    init?: RequestInit,
  ) => Promise<readonly [status: number, body: unknown]>
  readonly stop: () => Promise<void>
}

/** Starts an example as a reader would, and waits until it prints its address. */
async function start(name: string, environment: Readonly<Record<string, string>> = {}): Promise<Program> {
  const child = spawn(process.execPath, ['--conditions=doorward-source', `examples/${name}.ts`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (/http:\/\/127\.0\.0\.1:\d+/.test(printed)) resolve()
    })
    void ended.then((code) => reject(new Error(`examples/${name}.ts ended with ${code}.`)))
  })
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ''
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  return {
    printed,
    stop,
    [Symbol.asyncDispose]: stop,
    call: async (path, headers = {}, init = {}) => {
      // Not kept alive: the program waits for open connections when it stops.
      const response = await fetch(address + path, { ...init, headers: { ...headers, connection: 'close' } })
      const text = await response.text()
      return [response.status, /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text]
    },
  }
}
