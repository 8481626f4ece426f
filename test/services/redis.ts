import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './debian-package.ts'
import { eventually, freePort, startProcess } from './server-process.ts'

export interface RedisServer {
  /** Where to connect: `redis://…`. */
  readonly url: string
  readonly stop: () => Promise<void>
  /** Ends it as a crash would: what it held is gone. */
  readonly kill: () => Promise<void>
  /** Starts it again after `stop` or `kill`, empty, at the same address. */
  readonly restart: () => Promise<void>
  /** Shuts it down and removes its folder. */
  readonly close: () => Promise<void>
}

/** Starts a Redis of its own that keeps nothing on disk. It ends with this process. */
export async function startRedis(): Promise<RedisServer> {
  const command = findProgram(() => programs.find((path) => existsSync(path)), 'redis-server')
  const folder = mkdtempSync(join(tmpdir(), 'doorward-redis-'))
  const log = join(folder, 'log')
  const port = await freePort()
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder, daemonize: 'no' }
  const start = async () => {
    const server = await startProcess({
      command,
      arguments: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
      log,
    })
    try {
      await eventually(async () => greet(port))
    } catch (error) {
      throw new Error(`Redis did not start: ${readFileSync(log, 'utf8')}`, { cause: error })
    }
    return server
  }

  let server = await start()
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => server.end('SIGTERM'),
    kill: async () => server.crash(),
    restart: async () => {
      server = await start()
    },
    close: async () => {
      await server.end('SIGTERM')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const programs = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server']

async function greet(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [reply] = (await once(socket, 'data')) as [Buffer]
    if (!reply.toString().startsWith('+PONG')) throw new Error(`Redis answered ${reply.toString()}`)
  } finally {
    socket.destroy()
  }
}
