import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { createApp } from './app.ts'
import { described } from '../api/described.ts'
import { isStaff } from '../permissions/is-staff.ts'

describe('GET /api/openapi.json', () => {
  let doorward: TestDoorward
  let base: string
  let document: Readonly<Record<string, never>> & {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>
    readonly components: { readonly securitySchemes: Readonly<Record<string, unknown>> }
  }

  before(async () => {
    doorward = await createTestDoorward({ settings: { gatekeeperPeers: ['127.0.0.1/32'] } })
    base = await doorward.listen({
      routes: () => [
        {
          path: '/api/own/',
          methods: {},
          operations: [
            described({ method: 'GET', path: '/api/own/', summary: 'Own', tag: 'Own', permission: isStaff }),
          ],
        },
      ],
    })
    document = (await (await fetch(`${base}/api/openapi.json`)).json()) as typeof document
  })
  after(async () => doorward.close())

  it('is a document that the schema of OpenAPI 3.1 allows', async () => {
    const validator = new Validator()
    const result = await validator.validate(structuredClone(document) as Record<string, unknown>)
    assert.deepEqual(result.errors, undefined)
    assert.equal(validator.version, '3.1')
  })

  it('tells of every route that the server has, but for pages and files, with its policy', () => {
    const pages =
      /^\/(static|account|accounts|admin|portal|o\/device|o\/authorize|o\/logout|o\/logo|api\/openapi|api\/operations|api\/errors|social)\b|^\/(api\/)?$/
    const routes = createApp(doorward.instance).routes.map(({ path }) => path)
    const told = Object.keys(document.paths)
    const missing = routes.filter((path) => !pages.test(path) && !told.some((one) => one.startsWith(path)))
    assert.deepEqual(missing, [])
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { 'x-permission': policy }] of Object.entries(methods)) {
        assert.ok(policy.length > 0, `${method} ${path}`)
      }
    }
    assert.equal(document.paths['/api/own/']?.['get']?.['x-permission'], 'isStaff')
    assert.equal(
      document.paths['/api/admin/users/{id}/']?.['delete']?.['x-permission'],
      "allOf(allOf(allOf(isStaff, hasScope('admin')), anyOf(not(isVia('session')), freshLogin({ within: 600 }))), isNoEmergency), then mayActOnAccount",
    )
  })

  it('tells of signing in, second factors and fresh proofs, with what is due next', () => {
    for (const path of ['login', 'passkey', 'second-factor', 'add-second-factor', 'confirm']) {
      assert.ok(document.paths[`/accounts/${path}/`]?.['post']?.requestBody, path)
    }
    for (const path of ['passkey', 'second-factor', 'add-second-factor', 'confirm']) {
      assert.ok(document.paths[`/accounts/${path}/options/`]?.['post'], path)
    }
    const confirm = document.paths['/accounts/confirm/']?.['post']
    assert.deepEqual(confirm?.security, [{ session: [] }])
    assert.match(confirm?.['x-permission'] ?? '', /isVia\('session'\)/)
    assert.match(JSON.stringify(document.paths['/accounts/login/']), /sign_in_incomplete/)
  })

  it('names the ways in that are configured, and asks for none where strangers are let in', async () => {
    const schemes = Object.keys(document.components.securitySchemes)
    assert.deepEqual(schemes, ['session', 'token', 'jwt', 'oauth2', 'apiKey', 'basic', 'clientCertificate', 'workload'])
    assert.deepEqual(document.paths['/api/token/']?.['post']?.security[0], {})
    assert.ok(document.paths['/api/admin/users/']?.['get']?.security.every((one) => Object.keys(one).length === 1))
    const oauth = document.paths['/api/admin/users/']?.['get']?.security.find((one) => 'oauth2' in one)
    assert.deepEqual(oauth, { oauth2: ['admin'] })
    await using few = await createTestDoorward({ settings: { authenticators: ['apiKey'] } })
    const other = (await (await fetch(`${await few.listen()}/api/openapi.json`)).json()) as typeof document
    assert.deepEqual(Object.keys(other.components.securitySchemes), ['apiKey'])
  })

  it('is kept for a while, and told anew only where it changed', async () => {
    const first = await fetch(`${base}/api/openapi.json`)
    await first.arrayBuffer()
    const etag = first.headers.get('etag') ?? ''
    const again = await fetch(`${base}/api/openapi.json`, { headers: { 'if-none-match': etag } })
    assert.equal(again.status, 304)
  })
})

interface Documented {
  readonly 'x-permission': string
  readonly security: readonly Readonly<Record<string, unknown>>[]
  readonly requestBody?: unknown
}
