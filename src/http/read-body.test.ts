import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { AuthError, RequestRefused } from '../core/errors.ts'
import { readBody, type ReadBodyOptions } from './read-body.ts'

describe('readBody of a Node request', () => {
  let options: ReadBodyOptions = {}
  let seen: ((outcome: Uint8Array | Error) => void) | null = null
  const server = createServer((incoming, answer) => {
    readBody(incoming, options).then(
      (bytes) => {
        seen?.(bytes)
        answer.end(bytes)
      },
      (error: Error) => {
        seen?.(error)
        const refusal = error instanceof AuthError ? error : null
        answer.writeHead(refusal?.status ?? 500, refusal?.headers ?? {}).end(refusal?.code)
      },
    )
  })
  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())

  it('gives the bytes, of one chunk, of many, and of none', async () => {
    options = {}
    assert.equal((await sent((call) => call.end('abc'))).body, 'abc')
    assert.equal((await sent((call) => call.end())).body, '')
    const inParts = await sent((call) => {
      call.write('a')
      setImmediate(() => call.end('€'))
    })
    assert.equal(inParts.body, 'a€')
  })

  it('takes a body of exactly the limit', async () => {
    options = { limit: 10 }
    assert.equal((await sent((call) => call.end('0123456789'))).status, 200)
  })

  it('answers 413 to a declared length above the limit, before anything of it has come', async () => {
    options = { limit: 10 }
    const answer = await sent((call) => call.flushHeaders(), { 'content-length': '11' })
    assert.deepEqual([answer.status, answer.body, answer.headers['connection']], [413, 'payload_too_large', 'close'])
  })

  it('answers 413 as soon as more has come than the limit, though the body has no end', async () => {
    options = { limit: 1000 }
    const answer = await sent((call) => {
      call.write('x'.repeat(1001))
    })
    assert.deepEqual([answer.status, answer.body, answer.headers['connection']], [413, 'payload_too_large', 'close'])
  })

  it('refuses a body that stalls', async () => {
    options = { timeout: 20 }
    const answer = await sent((call) => {
      call.write('x')
    })
    assert.deepEqual([answer.status, answer.body, answer.headers['connection']], [408, 'request_timeout', 'close'])
  })

  it('refuses a body that breaks off', async () => {
    options = {}
    const outcome = new Promise((resolve) => (seen = resolve))
    const call = open({ 'content-length': '10' })
    call.on('error', () => {})
    call.write('x', () => call.destroy())
    assert.ok((await outcome) instanceof RequestRefused)
    seen = null
  })

  it('refuses a body with a content coding', async () => {
    options = {}
    const answer = await sent((call) => call.end('x'), { 'content-encoding': 'gzip' })
    assert.deepEqual([answer.status, answer.body], [415, 'unsupported_media_type'])
    assert.equal((await sent((call) => call.end('x'), { 'content-encoding': 'identity' })).status, 200)
  })

  it('says so when something else has read the body before', async () => {
    const used = createServer((incoming, answer) => {
      incoming.resume().on('end', () => {
        readBody(incoming).catch((error: Error) => answer.end(error.message))
      })
    })
    used.listen(0, '127.0.0.1')
    await once(used, 'listening')
    assert.match((await sent((call) => call.end('x'), {}, used.address() as AddressInfo)).body, /read already/)
    used.close()
  })

  function open(headers: Readonly<Record<string, string>>, to = server.address() as AddressInfo): ClientRequest {
    return httpRequest({ host: to.address, port: to.port, method: 'POST', headers, agent: false })
  }

  async function sent(
    write: (call: ClientRequest) => void,
    headers: Readonly<Record<string, string>> = {},
    to = server.address() as AddressInfo,
  ): Promise<{ readonly status: number; readonly body: string; readonly headers: IncomingMessage['headers'] }> {
    const call = open(headers, to)
    write(call)
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    call.on('error', () => {})
    let body = ''
    for await (const chunk of answer) body += String(chunk)
    call.destroy()
    return { status: answer.statusCode ?? 0, body, headers: answer.headers }
  }
})

describe('readBody of a Web request', () => {
  it('gives the bytes, of one chunk, of many, and of none', async () => {
    assert.equal(String(Buffer.from(await readBody(web('a€')))), 'a€')
    assert.equal(String(Buffer.from(await readBody(web(streamOf('a', '', 'b'))))), 'ab')
    assert.equal((await readBody(new Request('https://site.example/'))).byteLength, 0)
  })

  it('refuses a declared length above the limit without reading', async () => {
    const request = web(streamOf('x'), { 'content-length': '11' })
    await refused(request, { limit: 10 }, 'payload_too_large')
    assert.equal(request.bodyUsed, false)
  })

  it('refuses what turns out longer than the limit, and lets go of the source', async () => {
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from('x'.repeat(100))),
      cancel: () => {
        cancelled = true
      },
    })
    await refused(web(endless), { limit: 1000 }, 'payload_too_large')
    assert.equal(cancelled, true)
    assert.equal((await readBody(web('0123456789'), { limit: 10 })).byteLength, 10)
  })

  it('refuses a body that stalls, even where its source does not answer to the end', async () => {
    const stalled = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => {}),
      cancel: () => new Promise(() => {}),
    })
    await refused(web(stalled), { timeout: 20 }, 'request_timeout')
  })

  it('refuses a body that breaks off', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) })
    await refused(web(broken), {}, 'parse_error')
  })

  it('refuses malformed lengths and content codings', async () => {
    for (const length of ['x', '-1', '1, 1', '1e1', '0x1']) {
      await refused(web('a', { 'content-length': length }), {}, 'parse_error')
    }
    await refused(web('a', { 'content-encoding': 'gzip' }), {}, 'unsupported_media_type')
  })

  it('says so when something else has read the body before', async () => {
    const request = web('a')
    await request.text()
    await assert.rejects(readBody(request), /read already/)
  })

  function web(body: string | ReadableStream<Uint8Array>, headers: Readonly<Record<string, string>> = {}): Request {
    const init = { method: 'POST', body, headers, duplex: 'half' }
    return new Request('https://site.example/', init)
  }

  function streamOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
    return new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(Buffer.from(chunk))
        controller.close()
      },
    })
  }

  async function refused(request: Request, options: ReadBodyOptions, code: string): Promise<void> {
    await assert.rejects(readBody(request, options), (error: unknown) => {
      assert.ok(error instanceof RequestRefused)
      assert.equal(error.code, code)
      assert.deepEqual(error.headers, { connection: 'close' })
      return true
    })
  }
})
