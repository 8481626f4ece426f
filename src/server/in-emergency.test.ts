import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openConsole, type Console } from '../admin/console.contract.ts'
import { nameOf } from '../core/permission.ts'
import { type Person, person } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { breakGlassOf } from './break-glass.ts'
import { areaPlans } from './consoles.ts'
import { emergencyActions, emergencyOperations } from './in-emergency.ts'
import { createMetrics } from './metrics.ts'

const github = { id: 'github', preset: 'github', clientId: 'id', clientSecret: 'secret' } as const

const refusal = /signed in by a code for emergencies, which is/

describe('what is done in an emergency [A34]', () => {
  it('is what the table names, of all actions of the consoles', async () => {
    await using doorward = await createTestDoorward()
    const { instance, auth } = doorward
    const metrics = createMetrics({ passwords: instance.hasher, token: null })
    const actions = areaPlans(instance, { auth, door: auth, metrics }).flatMap(({ path, screens }) =>
      screens.flatMap((screen) =>
        Object.entries(screen.actions ?? {}).map(([name, { permission }]) => ({
          name: `${path}${screen.path} ${name}`,
          isRefused: permission !== undefined && nameOf(permission).includes('isNoEmergency'),
        })),
      ),
    )
    const names = new Set(actions.map(({ name }) => name))
    assert.ok(names.size > 120, 'all screens are there')
    for (const name of emergencyActions) assert.ok(names.has(name), `there is no ${name}`)
    for (const { name, isRefused } of actions) assert.equal(isRefused, !emergencyActions.has(name), name)
  })

  it('is what the table names, of all operations of their APIs', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const { paths } = (await (await fetch(`${base}/api/openapi.json`)).json()) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly 'x-permission': string }>>>>
    }
    const changing = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/account/') || path.startsWith('/api/admin/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods)
          .filter(([method]) => method !== 'get')
          .map(([method, { 'x-permission': policy }]) => ({ name: `${method.toUpperCase()} ${path}`, policy })),
      )
    const names = new Set(changing.map(({ name }) => name))
    assert.ok(names.size > 100, 'all operations are there')
    for (const name of emergencyOperations) assert.ok(names.has(name), `there is no ${name}`)
    for (const { name, policy } of changing)
      assert.equal(policy.includes('isNoEmergency'), !emergencyOperations.has(name), name)
  })

  it('makes nothing that outlives it: no key, no administrator, no codes, no link to the password of another', async () => {
    await using at = await openConsole()
    const { who, call } = await inEmergency(at)
    const forms = ['/portal/keys/new/', '/portal/apps/new/', `/admin/users/${at.ada.id}/reset-link/`]
    for (const path of [...forms, `/admin/users/${at.ada.id}/edit/`, `/admin/users/${at.ada.id}/act-as/`]) {
      const page = await who.get(path)
      assert.deepEqual([page.status, refusal.test(page.text)], [403, true], path)
    }
    const administrators = await who.get('/admin/administrators/')
    const grant = { user: 'ada', role: 'superuser', until: '' }
    assert.match((await who.submit(administrators, 'grant', grant)).text, refusal)
    const codes = await who.get('/admin/administrators/break-glass/')
    for (const action of ['make', 'remove', 'seen'])
      assert.match((await who.submit(codes, 'make', { action })).text, refusal, action)
    for (const [path, body] of [
      ['/api/account/keys/', { name: 'mine', scopes: ['read'] }],
      ['/api/admin/users/', { username: 'eve', is_superuser: true }],
      ['/api/admin/service-accounts/', { name: 'job', scopes: ['admin'] }],
      ['/api/admin/clients/', { client_name: 'Web', redirect_uris: ['https://app.example/cb'] }],
      [`/api/admin/users/${at.ada.id}/reset-link/`, undefined],
      ['/api/admin/break-glass/', undefined],
    ] as const) {
      const { status, json } = await call('POST', path, body)
      assert.deepEqual(
        [status, json['code'], refusal.test(String(json['detail']))],
        [403, 'permission_denied', true],
        path,
      )
    }
    const { isSuperuser } = (await at.doorward.instance.users.find(at.ada.id)) ?? {}
    assert.equal(isSuperuser, false)
    assert.equal((await breakGlassOf(at.doorward.instance).state(at.rootUser.id)).left, 4)
  })

  it('lets no application have a token: whoever comes from one signs in first', async () => {
    await using at = await openConsole()
    const { who } = await inEmergency(at)
    const callback = 'https://app.example/cb'
    const { client } = await at.doorward.instance.oauth.clients.create(
      { name: 'Shop', authMethod: 'none', redirectUris: [callback], scopes: ['openid'], consent: 'never' },
      { by: { actor: 'system' } },
    )
    const asked = new URLSearchParams({
      client_id: client.id,
      response_type: 'code',
      redirect_uri: callback,
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    const ask = async (query: string): Promise<URL> => {
      const answer = await fetch(`${at.base}/o/authorize/?${query}`, {
        headers: { cookie: cookiesOf(who) },
        redirect: 'manual',
      })
      return new URL(answer.headers.get('location') ?? '', at.base)
    }
    assert.equal((await ask(`${asked}`)).pathname, '/accounts/login/')
    assert.equal((await ask(`${asked}&prompt=none`)).searchParams.get('error'), 'login_required')
    const form = await who.get('/o/device/')
    assert.match(form.path, /^\/accounts\/login\//)
    assert.match(form.text, /id="id_password"|name="password"/)
    const sent = { csrfmiddlewaretoken: who.cookies.get('csrftoken') ?? '', user_code: 'BCDF-GHJK' }
    assert.match((await who.post('/o/device/', sent)).path, /^\/accounts\/login\//)
    await who.signIn('root', 'correct horse battery')
    assert.ok((await ask(`${asked}`)).searchParams.has('code'))
  })

  it('links no account at a provider, which would sign in when it has ended', async () => {
    await using at = await openConsole({ settings: { signInProviders: [github] } })
    const { who, call } = await inEmergency(at)
    const begun = await call('POST', '/accounts/social/github/', { purpose: 'link' })
    assert.deepEqual([begun.status, begun.json['code']], [401, 'not_authenticated'])
    const sent = { csrfmiddlewaretoken: who.cookies.get('csrftoken') ?? '', purpose: 'link' }
    assert.equal((await who.post('/accounts/social/github/', sent)).status, 401)
    // Whoever has signed in by a way of their own may.
    const { root } = at
    const headers = {
      cookie: cookiesOf(root),
      'x-csrftoken': root.cookies.get('csrftoken') ?? '',
      'content-type': 'application/json',
    }
    const body = JSON.stringify({ purpose: 'link' })
    const own = await fetch(`${at.base}/accounts/social/github/`, { method: 'POST', headers, body })
    assert.equal(own.status, 200)
  })

  it('mends one’s own way in, helps others in, and stops harm', async () => {
    await using at = await openConsole()
    const { who, call } = await inEmergency(at)
    for (const path of [
      '/account/password/',
      '/account/passkeys/add/',
      '/account/authenticator/',
      '/account/devices/',
    ]) {
      const page = await who.get(path)
      assert.deepEqual([page.status, page.path], [200, path])
    }
    assert.equal((await call('POST', '/api/account/factors/totp/')).status, 201)
    assert.equal((await call('POST', `/api/admin/users/${at.ada.id}/unlock/`)).status, 204)
    assert.equal((await call('POST', `/api/admin/users/${at.ada.id}/reset-factors/`)).status, 204)
    assert.equal((await call('POST', `/api/admin/users/${at.staffUser.id}/disable/`)).status, 200)
    const profile = await who.get(`/admin/users/${at.ada.id}/`)
    assert.match((await who.submit(profile, 'require-password')).text, /have to choose another password/)
  })
})

interface Emergency {
  readonly who: Person
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }>
}

/** Root, signed in by a code. */
async function inEmergency({ base, doorward, rootUser }: Console): Promise<Emergency> {
  const [code = ''] = await breakGlassOf(doorward.instance).make(rootUser.id, {})
  const who = person(base)
  await who.submit(await who.get('/accounts/break-glass/'), 'break-glass', { username: 'root', code })
  return {
    who,
    call: async (method, path, body) => {
      const response = await fetch(base + path, {
        method,
        headers: {
          cookie: cookiesOf(who),
          'x-csrftoken': who.cookies.get('csrftoken') ?? '',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
    },
  }
}

function cookiesOf({ cookies }: Person): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
