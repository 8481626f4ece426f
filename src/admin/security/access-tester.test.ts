import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openConsole } from '../console.contract.ts'

describe('the access tester', () => {
  it('names every authenticator in order, the identity, the permission with its parts, and the throttles', async () => {
    await using at = await openConsole({ settings: { requestsPerAddress: '100/min' } })
    const { key } = await at.doorward.instance.apiKeys.create({
      owner: { kind: 'user', id: at.ada.id },
      name: 'job',
      scopes: ['read'],
    })
    const page = await at.staff.get('/admin/access-tester/')
    const explain = async (fields: Readonly<Record<string, string>>) => at.staff.submit(page, 'explain', fields)
    const good = await explain({
      credential: key,
      target: '/api/notes/?token=opensesame',
      policy: 'other',
      other: 'scope:read',
    })
    assert.match(good.text, /It is let in/)
    assert.match(good.text, />ada<\/bdi><\/a>\s*\(user\), by <code>apiKey/)
    assert.match(good.text, /hasScope/)
    assert.ok(!good.text.includes(key), 'the key is shown')
    assert.ok(!good.text.includes('opensesame'), 'the query is shown')
    const names = [...good.text.matchAll(/<th scope="row"[^>]*>(\w+)<\/th>/g)].map(([, name]) => name)
    assert.deepEqual(names.slice(0, 3), ['session', 'token', 'jwt'])
    assert.match(good.text, /Took it/)
    assert.match(good.text, /<th scope="row"[^>]*>address<\/th>/)
    const denied = await explain({ credential: key, policy: 'isStaff' })
    assert.match(denied.text, /It is refused[^]*403/)
    const scopes = await explain({ credential: key, policy: 'other', other: 'scope:read,write' })
    assert.match(scopes.text, /insufficient_scope/)
    const wrong = await explain({ credential: key.slice(0, -1) })
    assert.match(wrong.text, /401[^]*invalid_key|401/)
    const nobody = await explain({})
    assert.match(nobody.text, /not_authenticated/)
  })

  it('takes headers as they are written, and shows none of them again', async () => {
    await using at = await openConsole()
    const page = await at.staff.get('/admin/access-tester/')
    const basic = `Basic ${Buffer.from('ada:correct horse battery').toString('base64')}`
    const seen = await at.staff.submit(page, 'explain', { headers: `Accept: text/html\nAuthorization: ${basic}` })
    assert.match(seen.text, /by <code>basic/)
    assert.ok(!seen.text.includes(basic.slice(6)))
    const rows = await at.doorward.instance.database.read.selectFrom('audit_events').select('detail').execute()
    assert.ok(!rows.some(({ detail }) => detail.includes(basic.slice(6))))
  })

  it('says what it cannot read, by field, without repeating it', async () => {
    await using at = await openConsole()
    const page = await at.staff.get('/admin/access-tester/')
    const bad = await at.staff.submit(page, 'explain', {
      method: 'G E T',
      target: 'javascript:1',
      headers: 'my secret without a name',
      address: 'here',
      policy: 'other',
      other: 'hasEverything',
    })
    assert.equal(bad.status, 400)
    for (const field of ['method', 'target', 'headers', 'address', 'other'])
      assert.match(bad.text, new RegExp(`href="#${field}"`))
    assert.ok(!bad.text.includes('my secret'))
    const strange = await at.staff.submit(page, 'explain', { credential: 'tökén', policy: 'constructor' })
    assert.equal(strange.status, 400)
  })
})
