import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createDoorward } from './doorward.contract.ts'

const { run, remove } = createDoorward()
after(remove)

describe('doorward settings and init', () => {
  it('shows settings without secrets, and writes a configuration file once', async () => {
    const { stdout } = await run(['settings'], {
      environment: {
        DOORWARD_SECRET: 'x'.repeat(40),
        DOORWARD_PORT: '9000',
      },
    })
    assert.match(stdout, /^\* port +9000 +\(DOORWARD_PORT\)$/m)
    assert.match(stdout, /^\* secret +\(set, not shown\) +\(DOORWARD_SECRET\)$/m)
    assert.doesNotMatch(stdout, /xxxx/)
    const elsewhere = mkdtempSync(join(tmpdir(), 'doorward-init-'))
    assert.equal((await run(['init'], { cwd: elsewhere })).code, 0)
    assert.ok(existsSync(join(elsewhere, 'doorward.config.ts')))
    assert.equal((await run(['init'], { cwd: elsewhere })).code, 1)
    rmSync(elsewhere, { recursive: true })
  })

  it('names what is wrong with the settings, all at once', async () => {
    const { code, stderr } = await run(['settings'], {
      environment: {
        DOORWARD_PORT: 'high',
        DOORWARD_REFRESH_GRACE: '60',
      },
    })
    assert.equal(code, 1)
    assert.match(stderr, /port: [^]*refreshGrace: /)
    assert.match(
      (await run(['settings'], { environment: { DOORWARD_PROT: '1' } })).stderr,
      /DOORWARD_PROT is not a setting/,
    )
  })
})
