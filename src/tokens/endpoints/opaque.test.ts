import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTokenFormat } from '../format.ts'
import { openDesk } from './desk.contract.ts'

const ann = { username: 'ann', password: ' correct horse  ' }

describe('POST /api/token-auth/', () => {
  it('answers a right password with a token, a new one each time [B-TOK-12 B-TOK-13 B-TOK-15]', async (test) => {
    const desk = await openDesk()
    test.after(desk.close)
    await desk.users.create(ann)
    const body = new URLSearchParams(ann).toString()
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    const answers = [await desk.send('/api/token-auth/', ann), await desk.send('/api/token-auth/', body, form)]
    const texts = answers.map(({ json }) => String(json['token']))
    for (const [turn, { status, json, headers }] of answers.entries()) {
      assert.equal(status, 200)
      assert.deepEqual(Object.keys(json), ['token'])
      assert.deepEqual(
        headers.filter(([name]) => name === 'cache-control'),
        [['cache-control', 'no-store']],
      )
      assert.match(texts[turn] ?? '', createTokenFormat().pattern)
      assert.equal(await desk.whoIs({ authorization: `Token ${texts[turn]}` }), 'ann')
    }
    assert.equal(new Set(texts).size, 2)
  })

  it('answers a wrong password with 400 and non_field_errors, and a missing field with its name [B-TOK-12]', async (test) => {
    const desk = await openDesk()
    test.after(desk.close)
    await desk.users.create(ann)
    const message = 'Unable to sign in with these credentials.'
    for (const body of [
      { ...ann, password: 'correct horse' },
      { ...ann, username: 'nobody' },
    ]) {
      const { status, json } = await desk.send('/api/token-auth/', body)
      assert.deepEqual([status, json], [400, { non_field_errors: [message], detail: message, code: 'authorization' }])
    }
    const { status, json } = await desk.send('/api/token-auth/', { username: 'ann' })
    assert.deepEqual([status, json['password']], [400, ['This field is required.']])
    assert.deepEqual(await desk.database.read.selectFrom('api_tokens').selectAll().execute(), [])
  })

  it('names the token after the program that asked for it', async (test) => {
    const desk = await openDesk()
    test.after(desk.close)
    const { id } = await desk.users.create(ann)
    for (const agent of ['curl/8.0', 'x'.repeat(500), 'caf\u00e9', '']) {
      assert.equal((await desk.send('/api/token-auth/', ann, { headers: { 'user-agent': agent } })).status, 200)
    }
    const names = (await desk.apiTokens.list({ kind: 'user', id })).map(({ name }) => name)
    assert.ok(names.includes('Sign-in by password, curl/8.0'))
    assert.ok(names.includes('Sign-in by password'))
    assert.ok(names.every((name) => name.length <= 100))
  })

  it('refuses to sign in beyond the limit [B-TOK-21]', async (test) => {
    const desk = await openDesk({ tokenLimit: 1 })
    test.after(desk.close)
    await desk.users.create(ann)
    assert.equal((await desk.send('/api/token-auth/', ann)).status, 200)
    const { status, json } = await desk.send('/api/token-auth/', ann)
    assert.deepEqual([status, json['code']], [403, 'permission_denied'])
  })

  it('tells when the token ends where that is wanted: null for never [B-TOK-19]', async (test) => {
    const desk = await openDesk({ expiry: true })
    test.after(desk.close)
    await desk.users.create(ann)
    const { json } = await desk.send('/api/token-auth/', ann)
    assert.equal(json['expiry'], null)
  })

  it('writes that as ISO 8601 in UTC, and in no other way [B-TOK-25]', async (test) => {
    const desk = await openDesk({ expiry: true, tokenLifetime: 3600 })
    test.after(desk.close)
    await desk.users.create(ann)
    const { json } = await desk.send('/api/token-auth/', ann)
    assert.equal(json['expiry'], '2026-06-01T01:00:00.000Z')
  })

  it('hands out a token that dies with what the user was given, if they sign out everywhere meanwhile', async (test) => {
    const desk = await openDesk()
    test.after(desk.close)
    const { id } = await desk.users.create(ann)
    desk.time.now += 1000
    const signingIn = desk.send('/api/token-auth/', ann)
    desk.time.now += 5
    await desk.users.signOutEverywhere(id)
    const { json } = await signingIn
    await assert.rejects(desk.whoIs({ authorization: `Token ${String(json['token'])}` }))
  })
})

describe('POST /api/token/ where opaque tokens are handed out', () => {
  it('answers as /api/token-auth/ does', async (test) => {
    const desk = await openDesk({ tokens: 'opaque' })
    test.after(desk.close)
    await desk.users.create(ann)
    const { json } = await desk.send('/api/token/', ann)
    assert.equal(await desk.whoIs({ authorization: `Token ${String(json['token'])}` }), 'ann')
    assert.equal((await desk.send('/api/token/', { ...ann, password: 'x' })).status, 400)
  })
})
