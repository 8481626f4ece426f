import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

describe('doorward.config.ts', () => {
  it('is loaded in a package of any "type", with what it imports: npm init writes commonjs', async () => {
    for (const type of ['commonjs', 'module']) {
      const folder = packageOf(type, {
        'doorward.config.ts': "import { port } from './port.ts'\nexport default { port }\n",
        'port.ts': 'export const port: number = 9123\n',
      })
      const { code, stdout, stderr } = await run(['settings'], { cwd: folder })
      assert.equal(code, 0, stderr)
      assert.match(stdout, /^\* port +9123 /m)
      assert.equal(stderr, '')
      rmSync(folder, { recursive: true })
    }
  })

  it('is named when it cannot be loaded, with the reason', async () => {
    const folder = packageOf('commonjs', {
      'doorward.config.ts': "import { port } from './prot.ts'\nexport default { port }\n",
    })
    const { code, stderr } = await run(['settings'], { cwd: folder })
    assert.equal(code, 1)
    assert.match(stderr, /doorward\.config\.ts cannot be loaded: Cannot find module .*prot\.ts/)
    rmSync(folder, { recursive: true })
  })
})

function packageOf(type: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-package-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'own', type }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
