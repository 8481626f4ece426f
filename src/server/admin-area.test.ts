import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminStage } from '../admin/admin-api.contract.ts'
import { unaskedActions, unaskedOperations } from '../admin/unasked.ts'
import { openConsole } from '../admin/console.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { adminArea } from './admin-area.ts'
import { createMetrics } from './metrics.ts'

describe('every action of the console', () => {
  it('asks for a fresh proof of who does it, or is known not to (A, rule 4)', async () => {
    await using doorward = await createTestDoorward()
    const { screens } = adminArea(
      doorward.instance,
      doorward.auth,
      createMetrics({ passwords: doorward.instance.hasher, token: null }),
    )
    const actions = screens.flatMap((screen) =>
      Object.entries(screen.actions ?? {}).map(([name, action]) => ({
        name: `${screen.path} ${name}`,
        asks: screen.isSensitive === true || action.isSensitive === true,
      })),
    )
    assert.ok(actions.length > 70, 'all screens are there')
    for (const name of unaskedActions)
      assert.ok(
        actions.some((one) => one.name === name),
        `there is no ${name}`,
      )
    for (const { name, asks } of actions) assert.equal(asks, !unaskedActions.has(name), name)
    for (const name of [
      'users/ bulk',
      'users/new/ create',
      'users/import/ import',
      'users/:id/ send-reset',
      'users/:id/ require-password',
      'users/:id/ enable',
      'users/:id/edit/ save',
      'users/:id/disable/ disable',
      'users/:id/sign-out/ sign-out',
      'users/:id/delete/ delete',
      'users/:id/groups/ add',
      'users/:id/roles/ give',
      'groups/:group/ change',
      'roles/:role/ change',
      'applications/:id/danger/delete/ delete',
      'service-accounts/:id/ save',
      'keys/ revoke',
      // It may take a limit away.
      'keys/:id/ save',
      'administrators/ grant',
      'signing-keys/rotate/ rotate-now',
    ])
      assert.equal(actions.find((one) => one.name === name)?.asks, true, name)
  })

  it('is not done by a browser that was left open, and goes on once its owner has shown who they are', async () => {
    await using at = await openConsole()
    const place = `/admin/users/${at.ada.id}/`
    const group = await at.doorward.instance.groups.create({ name: 'Editors' })
    const pages = new Map(
      await Promise.all(
        ['', 'disable/', 'sign-out/', 'groups/'].map(async (path) => [path, await at.staff.get(place + path)] as const),
      ),
    )
    await at.doorward.clock.advance('11m')
    for (const [path, action] of [
      ['', 'unlock'],
      ['', 'require-password'],
      ['disable/', 'disable'],
      ['sign-out/', 'sign-out'],
      ['groups/', 'add'],
    ] as const) {
      const page = pages.get(path)
      assert.ok(page)
      const led = await at.staff.submit(page, action, { group: group.id })
      assert.equal(led.path.startsWith('/accounts/confirm/'), action !== 'unlock', action)
    }
    assert.equal((await at.doorward.instance.users.find(at.ada.id))?.isActive, true)
    assert.deepEqual(await at.doorward.instance.groups.of(at.ada.id), [])
  })
})

describe('every operation under /api/admin/ that changes something', () => {
  it('asks a session for a fresh proof, or is known not to; a key has none that could be fresh', async () => {
    await using stage = await adminStage()
    const { doorward, staff, superuser, user, callWith } = stage
    const changing = stage.answers.operations.filter(
      ({ method, path }) => path.startsWith('/api/admin/') && method !== 'GET',
    )
    const names = changing.map(({ method, path }) => `${method} ${path}`)
    for (const name of unaskedOperations) assert.ok(names.includes(name), `there is no ${name}`)
    for (const { method, path, operation } of changing) {
      const name = `${method} ${path}`
      assert.equal(operation['x-permission'].includes('freshLogin'), !unaskedOperations.has(name), name)
    }
    const old = await doorward.as(staff)
    await doorward.clock.advance('11m')
    const place = `/api/admin/users/${user.id}/`
    for (const path of ['disable/', 'end-sessions/', 'send-reset/', 'reset-factors/', 'require-password/']) {
      const { status, json } = await callWith(old, 'POST', place + path)
      assert.deepEqual([status, json['code']], [401, 'insufficient_user_authentication'], path)
    }
    assert.equal((await callWith(old, 'POST', `${place}unlock/`)).status, 204)
    const key = await doorward.as(superuser, 'apiKey', { scopes: ['admin'] })
    assert.equal((await callWith(key, 'POST', `${place}disable/`)).status, 200)
  })
})
