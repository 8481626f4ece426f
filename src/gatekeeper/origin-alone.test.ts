import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PermissionDenied } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createOriginAlone } from './origin-alone.ts'

const own = { host: 'notes.example' }
const overHttps = createOriginAlone({ origins: ['https://app.example'], secure: true })
const overHttp = createOriginAlone({ secure: false })

describe('createOriginAlone, check', () => {
  for (const headers of [
    { origin: 'https://notes.example' },
    { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-origin' },
    { referer: 'https://notes.example/form' },
  ]) {
    it(`lets a POST through with ${JSON.stringify(headers)}`, async () => {
      await overHttps.check(requestWith('POST', headers))
    })
  }

  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://notes.example' },
    { origin: 'https://notes.example:8443' },
    { origin: 'https://notes.example, https://notes.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { referer: 'https://evil.example/?https://notes.example/' },
  ]) {
    it(`refuses a POST with ${JSON.stringify(headers)}`, async () => {
      await assert.rejects(overHttps.check(requestWith('POST', headers)), isForged)
    })
  }

  it('refuses a POST that says nothing over http too, where nothing else would stop it', async () => {
    await assert.rejects(overHttp.check(requestWith('POST', {})), isForged)
    await assert.rejects(overHttp.check(requestWith('POST', { referer: 'http://notes.example/' })), isForged)
    await overHttp.check(requestWith('POST', { origin: 'http://notes.example' }))
  })

  it('lets safe methods through', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) await overHttps.check(requestWith(method, { origin: 'https://x' }))
  })
})

describe('createOriginAlone, checkWebSocket', () => {
  const handshakes = [
    { 'sec-websocket-key': 'a' },
    { 'sec-websocket-version': '13' },
    { upgrade: 'websocket' },
    { 'sec-fetch-mode': 'websocket' },
  ]

  it('refuses the opening of a WebSocket by the page of another site', () => {
    for (const handshake of handshakes) {
      const forged = requestWith('GET', { ...handshake, origin: 'https://evil.example' })
      assert.throws(() => overHttps.checkWebSocket(forged), isForged)
    }
  })

  it('lets one through from its own pages, and from what is no browser', () => {
    for (const handshake of handshakes) {
      overHttps.checkWebSocket(requestWith('GET', { ...handshake, origin: 'https://notes.example' }))
      overHttps.checkWebSocket(requestWith('GET', handshake))
    }
  })

  it('leaves other requests alone', () => {
    overHttps.checkWebSocket(requestWith('GET', { origin: 'https://evil.example', 'sec-fetch-mode': 'cors' }))
  })
})

function isForged(error: unknown): boolean {
  return error instanceof PermissionDenied && error.code === 'csrf_failed'
}

function requestWith(method: string, headers: Readonly<Record<string, string>>): AuthRequest {
  const all: Readonly<Record<string, string>> = { ...own, ...headers }
  return { method, url: '/', headers: { get: (name) => all[name] ?? null } }
}
