import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'

describe('the API of how the server runs', () => {
  it('tells how the server and what it needs are', async () => {
    await using stage = await adminStage()
    const { call, staff, user } = stage
    const { json, status } = await call(staff, 'GET', 'health/')
    assert.equal(status, 200)
    const checks = json['checks'] as readonly { what: string; is_well: boolean }[]
    assert.deepEqual(
      checks.filter(({ what }) => ['Database', 'Schema', 'Signing keys'].includes(what)).map((one) => one.is_well),
      [true, true, true],
    )
    const tables = json['tables'] as readonly { name: string; rows: number }[]
    assert.equal(tables.find(({ name }) => name === 'users')?.rows, 3)
    const nodes = json['nodes'] as readonly { is_this: boolean }[]
    assert.deepEqual(
      nodes.map((one) => one.is_this),
      [true],
    )
    assert.equal((await call(user, 'GET', 'health/')).status, 403)
    assert.equal((await call(null, 'GET', 'health/')).status, 401)
  })

  it('tells the settings that are in force, where each comes from, and of secrets that they are set alone', async () => {
    await using stage = await adminStage({ settings: { passwordMinLength: 12 } })
    const { call, staff, user, doorward } = stage
    const { json, text } = await call(staff, 'GET', 'settings/')
    const settings = json['settings'] as readonly { name: string; value: string; default: string; from: string }[]
    const named = (name: string) => settings.find((one) => one.name === name)
    assert.deepEqual([named('passwordMinLength')?.value, named('passwordMinLength')?.default], ['12', '8'])
    assert.equal(named('apiTokens')?.from, 'default')
    assert.match(named('secret')?.value ?? '', /not shown/)
    const { secret } = doorward.instance.settings
    assert.ok(secret !== null && !text.includes(secret))
    assert.equal((await call(user, 'GET', 'settings/')).status, 403)
  })
})
