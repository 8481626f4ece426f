import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { z } from 'zod'
import { callSamples } from './call-samples.ts'
import { curlLine } from './curl-line.ts'
import { described } from './described.ts'

const told = { tag: 'x', summary: 'x' } as const
const body = z.object({ name: z.literal("it's"), wanted: z.boolean() })
const posted = described({ ...told, method: 'POST', path: '/api/x/', body })
const form = described({
  ...told,
  method: 'POST',
  path: '/api/x/',
  body: z.object({ grant_type: z.literal('a b') }),
  bodyType: 'application/x-www-form-urlencoded',
})
const read = described({ ...told, method: 'GET', path: '/api/x/' })

describe('calls as programs write them', () => {
  it('say method, address, key and body, and run as they stand', async () => {
    const heard: { method: string | undefined; key: unknown; type: unknown; text: string }[] = []
    const server = createServer((request, answer) => void hear(request, answer))
    const hear = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const { method, headers } = request
      heard.push({
        method,
        key: headers['x-api-key'],
        type: headers['content-type'],
        text: Buffer.concat(parts).toString(),
      })
      answer.end('done')
    }
    after(async () => server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const hasPython = spawnSync('python3', ['--version']).status === 0
    for (const one of [posted, form, read]) {
      heard.length = 0
      const env = { ...process.env, KEY: 'the key' }
      const [fetching, python] = callSamples(one, origin, 'apiKey')
      const runs: [string, string[]][] = [
        [process.execPath, ['--input-type=module', '-e', fetching?.text ?? '']],
        ...(hasPython ? [['python3', ['-c', python?.text ?? '']] as [string, string[]]] : []),
        ['bash', ['-c', curlLine(one, origin, 'apiKey').replaceAll('=…', '=a b')]],
      ]
      for (const [program, words] of runs) {
        await new Promise<void>((resolve, reject) => {
          execFile(program, words, { env }, (error) => (error === null ? resolve() : reject(error)))
        })
      }
      assert.equal(heard.length, runs.length)
      for (const { method, key, type, text } of heard) {
        assert.deepEqual([method, key], [one.method, 'the key'])
        if (one === read) continue
        assert.equal(type, one.bodyType)
        const sent: unknown = one === form ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text)
        assert.deepEqual(sent, one === form ? { grant_type: 'a b' } : { name: "it's", wanted: false })
      }
    }
  })

  it('show the secret of a client, or a token, where an endpoint takes those', async () => {
    const heard: unknown[] = []
    const server = createServer((request, answer) => {
      heard.push(request.headers.authorization)
      answer.end('done')
    })
    after(async () => server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = { ...process.env, TOKEN: 'abc', CLIENT_ID: 'shop', CLIENT_SECRET: 'hush' }
    const hasPython = spawnSync('python3', ['--version']).status === 0
    for (const [credential, expected] of [
      ['bearer', 'Bearer abc'],
      ['client', `Basic ${btoa('shop:hush')}`],
    ] as const) {
      heard.length = 0
      const [fetching, python, go] = callSamples(form, origin, credential)
      for (const [program, words] of [
        [process.execPath, ['--input-type=module', '-e', fetching?.text ?? '']],
        ...(hasPython ? [['python3', ['-c', python?.text ?? '']]] : []),
        ['bash', ['-c', curlLine(form, origin, credential)]],
      ] as [string, string[]][]) {
        await new Promise<void>((resolve, reject) => {
          execFile(program, words, { env }, (error) => (error === null ? resolve() : reject(error)))
        })
      }
      assert.deepEqual(new Set(heard), new Set([expected]))
      assert.match(go?.text ?? '', credential === 'client' ? /SetBasicAuth/ : /"Bearer "\+os/)
    }
  })

  it('show no key where strangers are let in', () => {
    for (const { text } of callSamples(read, 'https://api.example', 'none')) assert.ok(!/key/i.test(text), text)
    assert.equal(curlLine(read, 'https://api.example', 'none'), `curl 'https://api.example/api/x/'`)
  })
})
