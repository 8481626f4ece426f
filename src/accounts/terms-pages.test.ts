import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addSoftPasskey } from '../factors/passkey-person.contract.ts'
import { person } from '../screens/person.contract.ts'
import { SettingsInvalid } from '../server/settings.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { mailedServer, type MailedServer, whoIs } from './by-mail/by-mail-server.contract.ts'

const password = 'correct horse battery'
const settings = { termsVersion: '2026-05', termsUrl: 'https://example.org/terms', signUpTerms: 'Be kind.' }
const path = '/accounts/terms/'

async function open(more: Parameters<typeof mailedServer>[0] = {}): Promise<MailedServer & { readonly id: string }> {
  const server = await mailedServer({ ...settings, ...more })
  const { id } = await server.doorward.users.create({ username: 'ada', email: 'ada@example.org', password })
  return { ...server, id }
}

describe('new terms', () => {
  it('are accepted before somebody is let in, once, and lead on to where they wanted to go', async () => {
    await using server = await open()
    const ada = server.visitor()
    const page = await ada.signIn('ada', password)
    assert.equal(page.path, path)
    assert.match(page.text, /Be kind\./)
    assert.match(page.text, /href="https:\/\/example\.org\/terms"/)
    assert.match(page.text, /2026-05/)
    assert.doesNotMatch(page.text, /id="progress"/)
    assert.equal(await whoIs(ada), null)
    const missing = await ada.submit(page, 'accept-terms')
    assert.deepEqual([missing.status, /Accept the terms to go on/.test(missing.text)], [400, true])
    const old = await ada.submit(page, 'accept-terms', { terms: 'on', version: '2025-01' })
    assert.deepEqual([old.status, /Read them again/.test(old.text)], [400, true])
    assert.equal((await ada.submit(page, 'accept-terms', { terms: 'on' })).path, '/account/devices/')
    assert.equal((await server.visitor().signIn('ada', password)).path, '/account/devices/')
    assert.match((await ada.get('/account/activity/')).text, /You accepted the terms of the version 2026-05/)
    assert.equal((await ada.get(path)).path, '/')
    assert.equal((await server.visitor().get(path)).path.split('?')[0], '/accounts/login/')
  })

  it('are told to scripts by a code that they can act on', async () => {
    await using server = await open()
    const ada = server.visitor()
    const asked = await server.json('/accounts/login/', { username: 'ada', password }, { as: ada })
    const { code, next, version, url } = asked.body
    assert.deepEqual(
      [asked.status, code, next, version, url],
      [401, 'sign_in_incomplete', 'terms', '2026-05', 'https://example.org/terms'],
    )
    for (const body of [{}, { version: 1 }, { version: '1' }, 'no json']) {
      assert.equal((await server.json(path, body, { as: ada })).status, 400, JSON.stringify(body))
    }
    assert.equal((await server.json(path, { version })).status, 401)
    const done = await server.json(path, { version }, { as: ada })
    assert.deepEqual([done.status, Object.keys(done.body)], [200, ['user', 'csrfToken']])
  })

  it('hold for tokens by password, for passkeys and for codes by mail too', async () => {
    await using server = await open({ emailCodes: true, emailVerification: 'optional' })
    const token = await server.json('/api/token/', { username: 'ada', password })
    assert.deepEqual([token.status, token.body['next'], token.body['version']], [401, 'terms', '2026-05'])
    const { users } = server.doorward.instance
    await users.update(server.id, { emailVerified: true })
    const ada = server.visitor()
    await server.json('/accounts/code/', { email: 'ada@example.org' }, { as: ada })
    const byCode = await server.json('/accounts/code/confirm/', { code: await server.code() }, { as: ada })
    assert.deepEqual([byCode.status, byCode.body['next']], [401, 'terms'])
    const user = { kind: 'user', id: server.id, name: 'ada', permissions: new Set<string>() } as const
    const soft = await addSoftPasskey(server.doorward, user)
    const one = server.visitor()
    const options = await server.json('/accounts/passkey/options/', {}, { as: one })
    const passkey = soft.get(options.body as { challenge: string })
    const byPasskey = await server.json('/accounts/passkey/', { passkey }, { as: one })
    assert.deepEqual([byPasskey.status, byPasskey.body['next']], [401, 'terms'])
  })

  it('are recorded at sign-up, shown to administrators, and taken along by their user', async () => {
    await using server = await open({ signUp: 'open' })
    const body = { email: 'eve@example.org', password, terms: true }
    assert.equal((await server.json('/accounts/sign-up/', body)).status, 201)
    const eve = server.visitor()
    assert.equal((await eve.signIn('eve@example.org', password)).path, '/account/devices/')
    const { users, byMail } = server.doorward.instance
    const { id } = (await users.findByLogin('eve@example.org')) ?? assert.fail()
    assert.deepEqual(
      (await byMail.terms.list(id)).map(({ version }) => version),
      ['2026-05'],
    )
    await users.update(server.id, { isStaff: true })
    const ada = server.visitor()
    await ada.submit(await ada.signIn('ada', password), 'accept-terms', { terms: 'on' })
    assert.match((await ada.get(`/admin/users/${id}/`)).text, /Terms accepted/)
    const told = await server.json(`/api/admin/users/${id}/terms/`, undefined, { method: 'GET', as: ada })
    assert.equal(told.body['current'], '2026-05')
    assert.equal((told.body['accepted'] as { version: string }[])[0]?.version, '2026-05')
    assert.match((await eve.get('/account/data/download/')).text, /"version": "2026-05"/)
  })

  it('stand among the other steps, each with its number', async () => {
    await using server = await open({ secondFactor: 'required' })
    await server.doorward.instance.requiredPasswords.ask(server.id, { actor: 'system' })
    const ada = server.visitor()
    const first = await ada.signIn('ada', password)
    assert.equal(first.path, '/accounts/password/required/')
    assert.match(first.text, /Step 1 of 3/)
    const second = await ada.submit(first, 'new-password', { new_password: 'another long sentence' })
    assert.equal(second.path, path)
    assert.match(second.text, /Step 2 of 3/)
    const third = await ada.submit(second, 'accept-terms', { terms: 'on' })
    assert.equal(third.path, '/accounts/add-second-factor/')
    assert.match(third.text, /Step 3 of 3/)
  })

  it('need something that can be read', async () => {
    await assert.rejects(createTestDoorward({ settings: { termsVersion: '1' } }), SettingsInvalid)
    await using doorward = await createTestDoorward({ settings: { termsUrl: 'https://example.org/terms' } })
    await doorward.users.create({ username: 'ada', password })
    const ada = person(await doorward.listen())
    assert.equal((await ada.signIn('ada', password)).path, '/account/devices/')
  })
})
