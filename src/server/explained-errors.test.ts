import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorCodes } from '../core/errors.ts'
import { oauthErrorCodes } from '../oauth/oauth-error.ts'
import { person } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'

describe('the page of errors (L17)', () => {
  it('explains every code, and error pages lead to the place of theirs', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const stranger = person(base)
    const { text, status } = await stranger.get('/api/errors/')
    assert.equal(status, 200)
    for (const code of Object.keys(errorCodes)) assert.ok(text.includes(`id="error-${code}"`), code)
    for (const code of Object.keys(oauthErrorCodes)) assert.ok(text.includes(`id="error-oauth-${code}"`), code)
    assert.equal(new Set(text.match(/ id="[^"]+"/g)).size, text.match(/ id="[^"]+"/g)?.length)
    const lost = await stranger.get('/admin/setup/?key=nonsense')
    assert.equal(lost.status, 404)
    assert.match(lost.text, /<a href="\/api\/errors\/#error-not_found">not_found<\/a>/)
    const unknown = await stranger.get('/o/authorize/?client_id=nobody&response_type=code')
    assert.match(unknown.text, /<a href="\/api\/errors\/#error-(?:oauth-)?\w+">/)
  })

  it('is not led to where the pages of the API are off', async () => {
    await using doorward = await createTestDoorward({ settings: { apiPages: 'off' } })
    const stranger = person(await doorward.listen())
    assert.equal((await stranger.get('/api/errors/')).status, 404)
    assert.doesNotMatch((await stranger.get('/admin/setup/?key=nonsense')).text, /\/api\/errors\//)
  })
})

describe('too many tries (L18)', () => {
  it('say how long, and lead to the other ways in that there are', async () => {
    await using doorward = await createTestDoorward({ settings: { emailCodes: true } })
    const base = await doorward.listen()
    await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    let page = await person(base).signIn('ada', 'wrong')
    for (let turn = 0; turn < 40 && page.status !== 429; turn += 1) page = await person(base).signIn('ada', 'wrong')
    assert.equal(page.status, 429)
    assert.match(page.text, /Wait <strong>/)
    for (const [id, href] of [
      ['by-passkey', '/accounts/passkey/'],
      ['by-code', '/accounts/code/'],
      ['new-password', '/accounts/password/reset/'],
    ]) {
      assert.match(page.text, new RegExp(`href="${href}" id="${id}"`), id)
    }
  })
})
