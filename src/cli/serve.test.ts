import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDoorward } from './doorward.contract.ts'

const { folder, run, start, remove } = createDoorward()
after(remove)

describe('doorward serve', () => {
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

  it('shows a link that makes the first administrator, while there is none (A1)', async () => {
    const server = await startServer()
    const link = await server.printed(/http:\/\/\S+\/admin\/setup\/\?key=\S+/)
    assert.equal((await fetch(link)).status, 200)
    assert.equal((await fetch(link.slice(0, -1))).status, 404)
    server.kill('SIGTERM')
    await server.ended
  })

  it('ends at once at a second signal, whatever still runs', async () => {
    const server = await startServer({ DOORWARD_SHUTDOWN_GRACE: '600' })
    const request = await heldRequest(server.url)
    server.kill('SIGTERM')
    await server.refuses()
    server.kill('SIGINT')
    assert.equal(await server.ended, 1)
    request.end()
  })

  it('does not serve with a schema that lacks something, revocations included, or at a port that is none or taken [B-JRF-10]', async () => {
    const old = await run(['--data', join(folder, 'old'), 'serve', '--port', '0', '--no-migrate'])
    assert.equal(old.code, 1)
    assert.match(old.stderr, /doorward migrate/)
    assert.equal((await run(['serve', '--port', '99999'])).code, 1)
    const server = await startServer()
    const second = await run(['serve', '--port', new URL(server.url).port])
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
  /** Waits until it has written something of this look. */
  readonly printed: (look: RegExp) => Promise<string>
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

async function startServer(more: Readonly<Record<string, string>> = {}): Promise<Served> {
  const child = start(['serve', '--port', '0'], more)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`It ended: ${output}`)))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
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
    printed: async (look) => {
      for (;;) {
        const [found] = look.exec(output) ?? []
        if (found !== undefined) return found
        if (child.exitCode !== null) throw new Error(`It ended: ${output}`)
        await sleep(20)
      }
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
