import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import { createClient } from 'redis'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { eventually } from './server-process.ts'

describe('startPostgres', () => {
  it('starts a server that keeps its data over a stop and a crash', async () => {
    const server = await startPostgres()
    try {
      const query = async (text: string) => {
        const client = new Client({ connectionString: server.url })
        client.on('error', () => undefined)
        await client.connect()
        const { rows } = await client.query(text)
        await client.end()
        return rows
      }
      await query('create table kept (n int)')
      await server.stop()
      await assert.rejects(query('select 1'), /ECONNREFUSED/)
      await server.restart()
      await query('insert into kept values (1)')
      await server.kill()
      await assert.rejects(query('select 1'), /ECONNREFUSED/)
      await server.restart()
      assert.deepEqual(await query('select n from kept'), [{ n: 1 }])
    } finally {
      await server.close()
    }
  })
})

describe('startRedis', () => {
  it('starts a server that comes back empty after a crash', async () => {
    const server = await startRedis()
    try {
      const first = await createClient({ url: server.url }).connect()
      await first.set('a', '1')
      first.on('error', () => undefined)
      first.destroy()
      await server.kill()
      await server.restart()
      const second = await createClient({ url: server.url }).connect()
      assert.equal(await second.get('a'), null)
      second.destroy()
    } finally {
      await server.close()
    }
  })

  it('ends the server when the process that started it is killed', async () => {
    const program = `
      const { startRedis } = await import(${JSON.stringify(new URL('redis.ts', import.meta.url).href)})
      console.log((await startRedis()).url)
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program])
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    child.kill('SIGKILL')
    const url = line.toString().trim()
    await eventually(async () => {
      const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => undefined)
      const connected = await client.connect().then(
        () => true,
        () => false,
      )
      if (connected) client.destroy()
      assert.equal(connected, false)
    })
  })
})
