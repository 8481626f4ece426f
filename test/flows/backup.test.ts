import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { serve, type RunningServer } from '../../src/server/serve.ts'
import { readSettings } from '../../src/server/settings.ts'

const password = 'correct horse battery'

describe('doorward backup', () => {
  it('copies a database under load, and the copy serves sign-ins and keys elsewhere [OP12]', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-backup-'))
    const [here, elsewhere] = [join(folder, 'here'), join(folder, 'elsewhere')]
    const server = await start(here)
    const user = await server.instance.users.create({ username: 'ada', password })
    const { key } = await server.instance.apiKeys.create({ owner: { kind: 'user', id: user.id }, name: 'before' })
    const signIn = async () => token(server.url)
    const load = { isOn: true, answered: 0 }
    const call = async () => (await fetch(`${server.url}/api/whoami/`, { headers: { 'x-api-key': key } })).text()
    const workers = [signIn, signIn, call, call].map(async (work) => {
      while (load.isOn) {
        await work()
        load.answered += 1
      }
    })

    mkdirSync(elsewhere)
    const copy = join(elsewhere, 'doorward.sqlite3')
    try {
      const before = load.answered
      await backup(here, copy)
      assert.ok(load.answered > before, 'the server went on answering meanwhile')
    } finally {
      load.isOn = false
      await Promise.all(workers)
      await server.stop()
    }

    assert.equal(statSync(copy).mode & 0o777, 0o600)
    copyFileSync(join(here, 'secret'), join(elsewhere, 'secret'))
    const restored = await start(elsewhere)
    assert.equal((await fetch(`${restored.url}/api/whoami/`, { headers: { 'x-api-key': key } })).status, 200)
    const given = await token(restored.url)
    assert.equal(
      (await fetch(`${restored.url}/api/whoami/`, { headers: { authorization: `Token ${given}` } })).status,
      200,
    )
    await restored.stop()
    rmSync(folder, { recursive: true })
  })

  it('overwrites nothing, and leaves nothing half done', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-backup-'))
    const missing = backup(join(folder, 'none'), join(folder, 'copy'))
    await assert.rejects(missing, /There is no database in the data folder/)
    assert.ok(!existsSync(join(folder, 'copy')))
    const server = await start(join(folder, 'here'))
    await backup(join(folder, 'here'), join(folder, 'copy'))
    await assert.rejects(backup(join(folder, 'here'), join(folder, 'copy')), /A backup never overwrites/)
    await server.stop()
    rmSync(folder, { recursive: true })
  })
})

async function start(data: string): Promise<RunningServer> {
  return serve(readSettings({ data, port: 0, logLevel: 'silent' }))
}

async function token(url: string): Promise<string> {
  const response = await fetch(`${url}/api/token-auth/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password }),
  })
  assert.equal(response.status, 200)
  return ((await response.json()) as { token: string }).token
}

async function backup(data: string, file: string): Promise<void> {
  const program = ['--conditions=doorward-source', 'src/cli/main.ts', '--data', data, 'backup', file]
  await promisify(execFile)(process.execPath, program)
}
