import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { filledPath } from '../api/path-pattern.ts'
import { type AdminStage, adminStage } from './admin-api.contract.ts'

describe('every operation under /api/admin/, as the OpenAPI document lists them [AD01]', () => {
  let stage: AdminStage
  before(async () => {
    stage = await adminStage()
  })
  after(async () => stage[Symbol.asyncDispose]())

  const governed = /isSuperuser/
  /** What no key does, however wide: codes that sign in would outlive it. */
  const inPerson = new Set(['POST /api/admin/break-glass/', 'DELETE /api/admin/break-glass/'])

  /** What an operation answers to a request that has nothing right about it but who sends it. */
  async function asked(
    headers: Readonly<Record<string, string>>,
  ): Promise<readonly (readonly [name: string, status: number, policy: string])[]> {
    const operations = stage.answers.operations.filter(({ path }) => path.startsWith('/api/admin/'))
    const found: (readonly [string, number, string])[] = []
    for (const { method, path, operation } of operations) {
      const values = Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, 'nobody']))
      // What may be anything at all is asked with something that is refused before it does harm.
      const body = method === 'GET' || method === 'DELETE' ? undefined : { nothing_of_that_name: 1 }
      const { status } = await stage.callWith(headers, method, filledPath(path, values), body)
      found.push([`${method} ${path}`, status, operation['x-permission']])
    }
    assert.ok(found.length > 60, 'all resources are there')
    return found
  }

  const isIn = (status: number): boolean => ![401, 403, 405, 500].includes(status)

  it('lets no stranger in, with 401', async () => {
    for (const [name, status] of await asked({})) assert.equal(status, 401, name)
  })

  it('lets no user in who is not staff, whatever they show [B-ACC-21]', async () => {
    const { doorward, user } = stage
    const service = await doorward.serviceAccounts.create({ scopes: ['admin'] })
    const ways = [
      await doorward.as(user),
      await doorward.as(user, 'basic'),
      await doorward.as(user, 'jwt'),
      await doorward.as(user, 'apiKey', { scopes: ['admin'] }),
      await doorward.as(service, 'apiKey', { scopes: ['admin'] }),
    ]
    for (const headers of ways) for (const [name, status] of await asked(headers)) assert.equal(status, 403, name)
  })

  it('lets keys of staff in only with the scope admin', async () => {
    const { doorward, superuser } = stage
    const narrow = await doorward.as(superuser, 'apiKey', { scopes: ['read', 'write'] })
    for (const [name, status] of await asked(narrow)) assert.equal(status, 403, name)
    const wide = await doorward.as(superuser, 'apiKey', { scopes: ['admin'] })
    for (const [name, status] of await asked(wide))
      assert.equal(isIn(status), !inPerson.has(name), `${name}: ${status}`)
  })

  it('lets staff in but to what only a superuser may, and a superuser everywhere', async () => {
    const { doorward, staff, superuser } = stage
    const byStaff = await asked(await doorward.as(staff))
    for (const [name, status, policy] of byStaff) {
      assert.equal(isIn(status), !governed.test(policy), `${name}: ${status}`)
    }
    assert.deepEqual(
      byStaff.filter(([, , policy]) => governed.test(policy)).map(([name]) => name),
      [
        'POST /api/admin/users/{id}/merge/',
        'POST /api/admin/users/{id}/reset-link/',
        'POST /api/admin/signing-keys/rotate/',
        'POST /api/admin/signing-keys/{kid}/retire/',
        'GET /api/admin/break-glass/',
        'POST /api/admin/break-glass/',
        'DELETE /api/admin/break-glass/',
        'POST /api/admin/break-glass/seen/',
      ],
    )
    for (const [name, status] of await asked(await doorward.as(superuser)))
      assert.ok(isIn(status), `${name}: ${status}`)
  })

  it('takes a session for nothing that changes something without its token', async () => {
    const { doorward, superuser } = stage
    const headers = await doorward.as(superuser, 'session', { csrf: false })
    for (const [name, status] of await asked(headers)) {
      if (!name.startsWith('GET ')) assert.equal(status, 403, name)
    }
  })
})
