import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createDoorward, type Ended } from '../src/cli/doorward.contract.ts'
import { blocksOf } from './docs/blocks.ts'

const { folder, run, remove } = createDoorward()
const secret = 'a-secret-from-elsewhere-0123456789'
after(remove)

describe('doorward apply and export', () => {
  it('make what docs/declared.md declares, show secrets once, and have nothing to do after it', async () => {
    const [example] = blocksOf('docs/declared.md', 'json')
    const file = written('doorward.json', example?.text ?? '')
    const unset = await run(['apply', file])
    assert.equal(unset.code, 1)
    assert.match(unset.stderr, /^Nothing was done\. In .*doorward\.json:\n {2}clients\[1\]\.client_secret_env: /)

    const environment = { REPORTS_SECRET: secret }
    const planned = await run(['apply', file, '--dry-run'], { environment })
    assert.match(planned.stdout, /^9 to add\. Nothing was done yet\.$/m)
    assert.doesNotMatch(planned.stdout, /dw_/)

    const made = await run(['apply', file], { environment })
    assert.equal(made.code, 0, made.stderr)
    assert.match(made.stdout, /^add {5}client shop\n +client_secret {2}dw_sec_\S+$/m)
    assert.match(made.stdout, /^add {5}API key nightly of reporting\n +key {2}dw_live_\S+$/m)
    assert.match(made.stdout, /^9 added\.$/m)
    assert.ok(!made.stdout.includes(secret), 'what was brought need not be on the screen')
    assert.match((await run(['apply', file])).stdout, /^There is nothing to do\. 9 stay as they are\.$/m)

    const { stdout } = await run(['export', '--users', '--keys'])
    assert.doesNotMatch(stdout, /dw_|elsewhere/)
    const again = await run(['apply', '-', '--dry-run', '--json'], { input: stdout })
    const { steps } = JSON.parse(again.stdout) as { steps: readonly { readonly action: string }[] }
    assert.deepEqual(new Set(steps.map(({ action }) => action)), new Set(['leave']))
    assert.match((await run(['verify-audit'])).stdout, /whole/)
  })

  it('say what is wrong with a file, in a line for each place, and repeat no secret', async () => {
    for (const [text, expected] of [
      ['{"groups": [', /This is not valid JSON \(line 1, column 13\)\.\n$/],
      [`{"clients":[{"client_id":"x","client_secret":"${secret}"}]}`, /clients\[0\]\.client_secret: A secret does not/],
      ['{"groups":[{"name":"a","permissions":"all"}]}', /groups\[0\]\.permissions: It has to be a list\.\n$/],
      [
        '{"clients":[{"client_id":"x","client_name":"X","redirect_uris":["https://x.example/","/cb"]}]}',
        /clients\[0\]\.redirect_uris\[1\]: /,
      ],
    ] as const) {
      const { code, stderr, stdout }: Ended = await run(['apply', '-'], { input: text })
      assert.equal(code, 1, text)
      assert.equal(stdout, '')
      assert.match(stderr, expected)
      assert.ok(!stderr.includes(secret))
    }
    assert.equal((await run(['apply', 'no-such-file.json'])).code, 2)
    assert.equal((await run(['apply'])).code, 2)
  })
})

function written(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
