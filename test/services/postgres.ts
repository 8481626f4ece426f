import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { findProgram } from './debian-package.ts'
import { eventually, freePort, startProcess } from './server-process.ts'

export interface PostgresServer {
  /** Where to connect: `postgres://…`, with all rights. */
  readonly url: string
  /** Shuts it down, cutting its clients off. */
  readonly stop: () => Promise<void>
  /** Ends it as a crash would. */
  readonly kill: () => Promise<void>
  /** Starts it again after `stop` or `kill`, with its data, at the same address. */
  readonly restart: () => Promise<void>
  /** Shuts it down and removes its data. */
  readonly close: () => Promise<void>
  /** Makes an empty database, and returns its address. */
  readonly createDatabase: () => Promise<string>
  /** Makes an empty schema, which is faster, and returns the address under which nothing but it is seen. */
  readonly createSchema: () => Promise<string>
}

/** Starts a PostgreSQL of its own in a temporary folder. It ends with this process, and does not sync its files. */
export async function startPostgres(): Promise<PostgresServer> {
  const postgres = findProgram(() => globSync('/usr/lib/postgresql/*/bin/postgres').sort().at(-1), 'postgresql-15')
  const user = serverUser()
  const folder = mkdtempSync(join(tmpdir(), 'doorward-postgres-'))
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const log = join(folder, 'log')
  const initdb = postgres.replace(/postgres$/, 'initdb')
  const { status, stderr } = spawnSync(
    initdb,
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C'],
    { encoding: 'utf8', cwd: '/', ...user },
  )
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`)

  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const settings = [
    'fsync=off',
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'max_connections=200',
  ]
  const start = async () => {
    const server = await startProcess({
      command: postgres,
      arguments: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      log,
      user,
    })
    try {
      await eventually(async () => run(url, 'select 1'))
    } catch (error) {
      throw new Error(`PostgreSQL did not start: ${readFileSync(log, 'utf8')}`, { cause: error })
    }
    return server
  }

  let server = await start()
  let databases = 0
  let schemas = 0
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

  return {
    url,
    stop: async () => server.end('SIGINT'),
    kill: async () => server.crash(),
    restart: async () => {
      server = await start()
    },
    close: async () => {
      await server.end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
    createDatabase: async () => {
      databases += 1
      await run(url, `create database test_${databases}`)
      return url.replace(/postgres$/, `test_${databases}`)
    },
    createSchema: async () => {
      schemas += 1
      await run(url, `create schema test_${schemas}`)
      return `${url}?options=${encodeURIComponent(`-c search_path=test_${schemas}`)}`
    },
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** PostgreSQL refuses to run as root. Debian's package makes a user for it. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
