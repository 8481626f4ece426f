import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RequestRefused } from '../core/errors.ts'
import { enrol } from '../factors/enrolled.contract.ts'
import { person } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { openInstance } from './instance.ts'
import { readSettings } from './settings.ts'

const secret = 'a secret that is only for this test of the server'

describe('taking a second factor away', () => {
  it('is for administrators alone where the setting says so [B-MFA-08]', async () => {
    await using doorward = await createTestDoorward({ settings: { secondFactorRemoval: 'administrators' } })
    const ada = await doorward.users.create({ username: 'ada' })
    const { code } = await enrol(doorward, ada)
    const who = person(await doorward.listen())
    await who.submit(await who.signIn('ada', ada.password), 'factor', { code: await code() })
    const refused = await who.submit(await who.get('/account/authenticator/remove/'), 'remove-app')
    assert.equal(refused.status, 400)
    assert.match(refused.text, /only an administrator/)
    const headers = {
      cookie: [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'x-csrftoken': who.cookies.get('csrftoken') ?? '',
    }
    const byJson = await fetch(`${await doorward.listen()}/api/account/factors/totp/`, { method: 'DELETE', headers })
    assert.equal(byJson.status, 409)
    assert.equal(await doorward.instance.factors.changes.reset(ada.id, { actor: 'system' }), 1)
  })

  it('is up to the application that has the server inside [B-MFA-08]', async () => {
    const asked: string[] = []
    const settings = readSettings({ databaseUrl: 'sqlite::memory:', secret, logLevel: 'silent' })
    const instance = await openInstance(settings, {
      mayRemoveFactor: async ({ name }, factor) => {
        asked.push(`${name} ${factor}`)
        throw new RequestRefused('conflict', 'Not here.')
      },
    })
    try {
      const { id } = await instance.users.create({ username: 'ada' })
      const { changes } = instance.factors
      const user = { kind: 'user', id, name: 'ada' } as const
      await assert.rejects(changes.removeApp(user, {}), { code: 'conflict', message: 'Not here.' })
      await assert.rejects(changes.removePasskey(user, 'x', {}), { code: 'conflict', message: 'Not here.' })
      assert.deepEqual(asked, ['ada totp', 'ada passkey'])
    } finally {
      await instance.close()
    }
  })
})
