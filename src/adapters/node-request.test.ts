import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { NodeRequest, nodeRequest } from './node-request.ts'
import { nodePeer } from './node-peer.ts'

describe('nodeRequest', () => {
  it('finds headers whatever their letter case', () => {
    const { headers } = requestWith(['Host', 'a', 'X-Api-KEY', 'k', 'AUTHORIZATION', 'Bearer t'])
    assert.equal(headers.get('x-api-key'), 'k')
    assert.equal(headers.get('authorization'), 'Bearer t')
    assert.equal(headers.get('x-api-kez'), null)
  })

  it('joins doubled headers by a comma (RFC 9110, section 5.3), cookies by a semicolon (RFC 9113, section 8.2.3)', () => {
    const { headers } = requestWith(
      [
        ['Authorization', 'Bearer a', 'authorization', 'Bearer b', 'AUTHORIZATION', ''],
        ['cookie', 'a=1', 'Cookie', 'b=2', 'x', '1', 'X', '2'],
      ].flat(),
    )
    assert.equal(headers.get('authorization'), 'Bearer a, Bearer b, ')
    assert.equal(headers.get('cookie'), 'a=1; b=2')
    assert.equal(headers.get('x'), '1, 2')
  })

  it('answers null for what was not sent, and an empty text for what was sent empty', () => {
    const { headers } = requestWith(['cookie', ''])
    for (let turn = 0; turn < 2; turn += 1) {
      assert.equal(headers.get('authorization'), null)
      assert.equal(headers.get('cookie'), '')
    }
  })

  it('finds the host of an HTTP/2 request, and its cookies, which come one by one (RFC 9113, sections 8.2.3 and 8.3.1)', async () => {
    const server = createHttp2Server()
    const seen = new Promise<unknown>((resolve) => {
      server.on('request', (req, res) => {
        const { method, url, headers, peer } = nodeRequest(req as never)
        resolve([method, url, headers.get('host'), headers.get('cookie'), peer?.address])
        res.end()
      })
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const { port } = server.address() as AddressInfo
    const client = connectHttp2(`http://127.0.0.1:${port}`)
    client.request({ ':path': '/a?b', cookie: ['a=1', 'b=2'] }).resume()
    assert.deepEqual(await seen, ['GET', '/a?b', `127.0.0.1:${port}`, 'a=1; b=2', '127.0.0.1'])
    client.close()
    server.close()
  })

  it('takes names of properties for names of headers and no more', () => {
    const { headers } = requestWith(['__proto__', 'a', 'constructor', 'b'])
    assert.deepEqual([headers.get('__proto__'), headers.get('constructor'), headers.get('tostring')], ['a', 'b', null])
  })

  it('finds the last of a thousand headers', () => {
    const many = Array.from({ length: 1000 }, (_, index) => [`x-${index}`, String(index)])
    assert.equal(requestWith(many.flat()).headers.get('x-999'), '999')
  })

  it('is one for each request', () => {
    const incoming = { rawHeaders: [] } as unknown as IncomingMessage
    assert.equal(nodeRequest(incoming), nodeRequest(incoming))
    assert.notEqual(nodeRequest(incoming), requestWith([]))
  })

  it('keeps the URL as it was sent, where a framework cuts it', () => {
    const given = { rawHeaders: [], method: 'PUT', url: '/1', originalUrl: '/notes/1?x=/' }
    assert.equal(new NodeRequest(given as never).url, '/notes/1?x=/')
    assert.equal(new NodeRequest({ ...given, originalUrl: undefined } as never).url, '/1')
    assert.equal(new NodeRequest(given as never).method, 'PUT')
  })

  it('reads fields of a parsed form, once each, and of nothing else', async () => {
    const fields = async (body: unknown): Promise<unknown> => {
      const { field } = new NodeRequest({ body } as never)
      return field === undefined ? undefined : Promise.all(['a', 'toString', '__proto__'].map(field))
    }
    assert.deepEqual(await fields({ a: 'x' }), ['x', null, null])
    assert.deepEqual(await fields(Object.assign(Object.create(null), { a: '' })), ['', null, null])
    for (const value of [['x', 'y'], { x: 1 }, 1, true, null]) {
      assert.deepEqual(await fields({ a: value }), [null, null, null])
    }
    for (const body of [undefined, null, 'a=x', 7]) assert.equal(await fields(body), undefined)
  })
})

describe('nodePeer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-peer-'))
  const servers: Server[] = []
  after(() => {
    for (const server of servers) server.close()
    rmSync(folder, { recursive: true })
  })

  /** A server that hands over its first connection. */
  async function serverAt(where: unknown): Promise<{ readonly server: Server; readonly connection: Promise<Socket> }> {
    const server = createServer((_req, res) => void res.end())
    servers.push(server)
    const connection = once(server, 'connection').then(([socket]) => socket as Socket)
    server.listen(where as never)
    await once(server, 'listening')
    return { server, connection }
  }

  it('knows the address of a connection by TCP, and none by a Unix socket', async () => {
    const tcp = await serverAt({ host: '127.0.0.1', port: 0 })
    connect((tcp.server.address() as AddressInfo).port, '127.0.0.1').end()
    assert.equal(nodePeer(await tcp.connection)?.address, '127.0.0.1')
    const path = join(folder, 'a.sock')
    const unix = await serverAt(path)
    connect(path).end()
    assert.equal(nodePeer(await unix.connection)?.address, null)
  })

  it('knows a Unix socket too of a server that was given it open, and so has no path', async () => {
    const path = join(folder, 'b.sock')
    const { connection } = await serverAt(path)
    connect(path).end()
    const socket = await connection
    Object.assign(socket, { server: { address: () => null } })
    assert.equal(nodePeer(socket)?.address, null)
  })

  it('does not take a TCP connection that is gone for one by a Unix socket', async () => {
    const { server, connection } = await serverAt({ host: '127.0.0.1', port: 0 })
    const outgoing = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const socket = await connection
    const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))
    outgoing.resetAndDestroy()
    await closed
    assert.equal(socket.remoteAddress, undefined)
    assert.equal(nodePeer(socket), undefined)
    assert.equal(nodeRequest({ socket } as never).peer, undefined)
  })

  it('knows a connection that is gone, if it was asked before', async () => {
    const { server, connection } = await serverAt({ host: '127.0.0.1', port: 0 })
    const outgoing = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const socket = await connection
    const peer = nodePeer(socket)
    outgoing.destroy()
    socket.resume()
    await once(socket, 'close')
    assert.equal(nodePeer(socket), peer)
    assert.equal(peer?.certificate, undefined)
  })
})

function requestWith(rawHeaders: readonly string[]): NodeRequest {
  return nodeRequest({ rawHeaders } as unknown as IncomingMessage)
}
