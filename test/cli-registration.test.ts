import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createDoorward } from '../src/cli/doorward.contract.ts'

const { run, remove } = createDoorward()
after(remove)

describe('doorward create-registration-token', () => {
  it('makes an initial access token and prints it once; revoke ends it [RG03]', async () => {
    const { stdout, stderr, code } = await run(['create-registration-token', '--name', 'partners', '--uses', '10'])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^dw_init_\w+$/m)
    assert.match(stderr, /oauthRegistration/, 'it says that registration is switched off')
    const [, id = ''] = /Its id is (\w+)\./.exec(stdout) ?? []
    assert.equal((await run(['revoke', 'registration-token', id])).code, 0)
    assert.equal((await run(['revoke', 'registration-token', id])).code, 1)
  })

  it('takes a number of uses and a lifetime, and nothing else for them', async () => {
    const words = ['create-registration-token', '--uses', 'any', '--expires', 'never', '--json']
    const { stdout, code } = await run(words, { environment: { DOORWARD_OAUTH_REGISTRATION: 'token' } })
    assert.equal(code, 0)
    assert.match((JSON.parse(stdout) as { token: string }).token, /^dw_init_/)
    for (const wrong of [
      ['--uses', '0'],
      ['--uses', 'many'],
      ['--expires', 'soon'],
    ]) {
      assert.equal((await run(['create-registration-token', ...wrong])).code, 2, wrong.join(' '))
    }
  })
})
