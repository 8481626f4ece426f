import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startRedis } from '../../test/services/redis.ts'
import { addPasskeyRow } from '../factors/passkey-row.contract.ts'
import { openSqlite } from '../storage/sqlite.ts'
import { createDoorward } from './doorward.contract.ts'

const { folder, run, start, remove } = createDoorward()
after(remove)

describe('doorward doctor', () => {
  before(async () => {
    assert.equal((await run(['migrate'])).code, 0)
  })

  it('finds what is insecure, with the fix', async () => {
    const fine = await run(['doctor'])
    assert.equal(fine.code, 0, fine.stdout)
    assert.match(fine.stdout, /warning +Development mode/)
    assert.match(fine.stdout, /warning +Opaque tokens live until somebody revokes them: tokenLifetime is not set/)
    const file = join(folder, 'data', 'doorward.sqlite3')
    assert.equal(statSync(file).mode & 0o077, 0)
    chmodSync(file, 0o644)
    const bad = await run(['doctor'], {
      environment: {
        DOORWARD_PUBLIC_URL: 'http://id.example.com',
        DOORWARD_TRUSTED_PROXIES: '0.0.0.0/0',
      },
    })
    chmodSync(file, 0o600)
    assert.equal(bad.code, 1)
    for (const words of [
      /travel in clear/,
      /No secret is set[^]*openssl rand/,
      /is open to others[^]*chmod 600/,
      /trustedProxies trusts every address/,
    ]) {
      assert.match(bad.stdout, words)
    }
  })

  it('repeats no password of a database that does not answer, and makes no database to look at it', async () => {
    const address = 'postgres://ada:correct-horse@127.0.0.1:1/none'
    for (const words of [['list-users'], ['doctor'], ['list-users', '--verbose'], ['doctor', '--json']]) {
      const { code, stdout, stderr } = await run(['--database', address, ...words])
      assert.equal(code, 1)
      assert.match(stdout + stderr, /database does not answer/)
      assert.doesNotMatch(stdout + stderr, /correct-horse/)
    }
    const nowhere = join(folder, 'nowhere')
    assert.match((await run(['--data', nowhere, 'doctor'])).stdout, /There is no database yet/)
    assert.equal(existsSync(nowhere), false)
  })

  it('names people whose only passkeys are for a domain that the site had before (WebAuthn Level 3, section 13.4.9)', async () => {
    assert.equal((await run(['create-user', 'stranded', '--no-password'])).code, 0)
    const database = await openSqlite({ path: join(folder, 'data', 'doorward.sqlite3') })
    try {
      const { id } = await database.read.selectFrom('users').select('id').executeTakeFirstOrThrow()
      await addPasskeyRow({ database }, id, 'old.example')
      const { stdout } = await run(['doctor'])
      assert.match(stdout, /^warning +People can no longer sign in[^]*another domain than localhost: stranded\./m)
      await addPasskeyRow({ database }, id, 'localhost')
      assert.doesNotMatch((await run(['doctor'])).stdout, /can no longer sign in/)
    } finally {
      await database.close()
    }
  })

  it('names a secret that does not open what is stored, with which the server would not start', async () => {
    const served = start(['serve', '--port', '0'])
    await listening(served)
    served.kill('SIGTERM')
    await once(served, 'exit')
    const { stdout } = await run(['doctor'])
    assert.match(stdout, /^ok +The secret opens what is stored\.$/m)
    const old = readFileSync(join(folder, 'data', 'secret'), 'utf8').trim()
    const environment = {
      DOORWARD_PUBLIC_URL: 'https://id.example.com',
      DOORWARD_SECRET: randomBytes(32).toString('base64'),
    }
    const bad = await run(['doctor'], { environment })
    assert.equal(bad.code, 1, bad.stdout)
    assert.match(
      bad.stdout,
      /^problem +The secret does not open what is stored[^]*PREVIOUS_SECRETS\)\. That of development mode is in .*secret\.$/m,
    )
    assert.ok(!bad.stdout.includes(old), 'the secret itself is not printed')
    assert.match(
      (await run(['serve', '--port', '0'], { environment })).stderr,
      /sealed under another DOORWARD_SECRET[^]*the file "secret" of the data folder/,
    )
    const mended = await run(['doctor'], { environment: { ...environment, DOORWARD_PREVIOUS_SECRETS: old } })
    assert.match(mended.stdout, /^ok +The secret opens what is stored\.$/m)
  })

  it('names the file of the secret where that holds none, and goes on with what else there is', async () => {
    const file = join(folder, 'data', 'secret')
    const secret = readFileSync(file, 'utf8')
    for (const wrong of ['', 'cut off\n']) {
      writeFileSync(file, wrong)
      const { code, stdout } = await run(['doctor'])
      assert.equal(code, 1, stdout)
      assert.match(stdout, /^problem +The file [^\n]*secret holds no secret: the server will not start\.$/m)
      assert.match(stdout, /^ok +The schema is up to date\.$/m)
      assert.doesNotMatch(stdout, /cut off/)
    }
    writeFileSync(file, secret)
    // A server with a public address does not take it.
    const { stdout } = await run(['doctor'], { environment: { DOORWARD_PUBLIC_URL: 'https://id.example.com' } })
    assert.match(stdout, /No secret is set/)
    assert.doesNotMatch(stdout, /The secret opens what is stored/)
  })

  it('asks the Redis that is to count', async () => {
    const redis = await startRedis()
    try {
      const { stdout, code } = await run(['doctor'], { environment: { DOORWARD_REDIS_URL: redis.url } })
      assert.match(stdout, /^ok +Redis answers/m)
      assert.equal(code, 0)
    } finally {
      await redis.close()
    }
    const gone = await run(['doctor'], { environment: { DOORWARD_REDIS_URL: redis.url } })
    assert.match(gone.stdout, /^problem +Redis does not answer/m)
    assert.equal(gone.code, 1)
  })
})

async function listening({ stdout, stderr }: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const stream of [stdout, stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        if (chunk.includes('"listening"')) resolve()
      })
    }
  })
}
