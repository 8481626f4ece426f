import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { openInstance } from '../server/instance.ts'
import { readSettings } from '../server/settings.ts'
import { createDoorward } from './doorward.contract.ts'

const { run, remove, folder } = createDoorward()
after(remove)

describe('doorward password-link and require-password-change', () => {
  it('make a link that sets a password, and ask for another one', async () => {
    const input = 'correct horse battery\n'
    const made = ['create-user', 'ada', '--email', 'ada@example.com', '--email-verified', '--password-stdin']
    assert.equal((await run(made, { input })).code, 0)
    assert.equal((await run(['require-password-change', 'ada'])).code, 0)
    const { code, stdout } = await run(['password-link', 'ADA@example.com', '--json'])
    assert.equal(code, 0)
    const { user, url } = JSON.parse(stdout) as { user: string; url: string }
    assert.equal(user, 'ada')
    const instance = await openInstance(readSettings({ data: `${folder}/data`, logLevel: 'silent' }))
    try {
      assert.equal((await instance.users.findByLogin('ada'))?.emailVerified, true)
      const signIn = async (password: string) => instance.passwords.verify('ada', password, { address: null })
      await assert.rejects(signIn('correct horse battery'), { code: 'sign_in_incomplete' })
      await instance.byMail.resets.complete(new URL(url).searchParams.get('key') ?? '', 'a new long sentence')
      assert.equal((await signIn('a new long sentence'))?.name, 'ada')
    } finally {
      await instance.close()
    }
  })

  it('are not needed for a password that somebody else has made: it is changed at the first sign-in', async () => {
    const made = await run(['create-user', 'bob', '--must-change-password', '--json'])
    assert.equal(made.code, 0)
    const { password } = JSON.parse(made.stdout) as { password: string }
    const instance = await openInstance(readSettings({ data: `${folder}/data`, logLevel: 'silent' }))
    try {
      const { passwords, users, requiredPasswords } = instance
      const signIn = async (text: string) => passwords.verify('bob', text, { address: null })
      await assert.rejects(signIn(password), { code: 'sign_in_incomplete' })
      const bob = await users.findByLogin('bob')
      await assert.rejects(requiredPasswords.choose(bob?.id ?? '', password, {}), { code: 'invalid' })
      await requiredPasswords.choose(bob?.id ?? '', 'a new long sentence', {})
      assert.equal((await signIn('a new long sentence'))?.name, 'bob')
    } finally {
      await instance.close()
    }
    const none = await run(['create-user', 'eve', '--no-password', '--must-change-password'])
    assert.equal(none.code, 1)
    assert.match(none.stderr, /needs a password to change/)
  })

  it('say who is not there, and whom a link would not let in', async () => {
    for (const command of ['password-link', 'require-password-change']) {
      const { code, stderr } = await run([command, 'nobody'])
      assert.deepEqual([code, stderr], [1, 'There is no user nobody. Make one with: doorward create-user nobody\n'])
    }
    await run(['create-user', 'off', '--no-password'])
    await run(['disable-user', 'off'])
    const { code, stderr } = await run(['password-link', 'off'])
    assert.equal(code, 1)
    assert.match(stderr, /disabled/)
  })
})
