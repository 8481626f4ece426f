import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { createDoorward } from './doorward.contract.ts'

const { start, remove } = createDoorward()
after(remove)

describe('doorward serve, at start', () => {
  it('says in one line that a new database has its schema', async () => {
    const output = await startAndStop('', /"listening"/)
    assert.equal(output.match(/schema/g)?.length, 2, output)
    assert.match(output, /"schema":"\d{4}-[\w-]+","msg":"a new database was given its schema"/)
  })

  it('loads no package that is needed later, or by other settings', async () => {
    const loaded = await startAndStop(
      `import { registerHooks } from 'node:module'
      registerHooks({ load(url, context, next) { process.stderr.write('loads ' + url + '\\n'); return next(url, context) } })`,
      /"listening"/,
    )
    assert.match(loaded, /loads .*\/node_modules\/kysely\//, 'what is needed is seen')
    for (const name of needless) assert.doesNotMatch(loaded, new RegExp(`loads .*/node_modules/${name}/`), name)
  })

  it('gives back the memory that starting took: the space for young objects is no more than 2 MiB', async () => {
    await startAndStop(
      `import { getHeapSpaceStatistics } from 'node:v8'
      setInterval(() => {
        const { space_size } = getHeapSpaceStatistics().find((one) => one.space_name === 'new_space')
        process.stderr.write('young ' + Math.ceil(space_size / 2 ** 20) + ' MiB\\n')
      }, 50).unref()`,
      /"listening"[^]*young [12] MiB/,
    )
  })
})

const needless = [
  '@node-rs/bcrypt',
  '@simplewebauthn/server',
  'jose',
  'nodemailer',
  'oauth4webapi',
  'openid-client',
  'pg',
  'redis',
  'xml-crypto',
  '@xmldom/xmldom',
]

/** What the server writes from its start until that has a look, with a module of ours loaded before it. */
async function startAndStop(module: string, look: RegExp): Promise<string> {
  const options = `--import=data:text/javascript,${encodeURIComponent(module)}`
  const child = start(['serve', '--port', '0'], { NODE_OPTIONS: options })
  const limit = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (look.test(output) && !child.killed) child.kill('SIGTERM')
    })
  }
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(limit)
  assert.equal(code, 0, output)
  return output
}
