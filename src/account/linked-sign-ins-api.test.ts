import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, providerAt, type Site, type Visitor, visitor, whoIs } from '../social/social.contract.ts'
import { startStandIn } from '../social/stand-in.contract.ts'

const path = '/api/account/linked-sign-ins/'

describe('the API of one’s linked sign-ins', () => {
  it('links one by way of the provider, lists it, and unlinks it [B-SOC-07]', async () => {
    const { site, ada, id } = await open()
    const before = await call(site, ada, 'GET', path)
    assert.deepEqual(before.json, {
      linked: [],
      providers: [{ id: 'acme', name: 'Acme', link: '/accounts/social/acme/' }],
    })
    const begun = await call(site, ada, 'POST', '/accounts/social/acme/', { purpose: 'link' })
    assert.equal(begun.status, 200, JSON.stringify(begun.json))
    const back = await ada.get(String(begun.json['location']))
    assert.equal(back.url.pathname, '/account/linked/')
    assert.equal(await whoIs(site, ada), id)
    const { linked } = (await call(site, ada, 'GET', path)).json as { linked: readonly Record<string, unknown>[] }
    assert.deepEqual(
      linked.map(({ provider, email, is_last_way_in }) => [provider, email, is_last_way_in]),
      [['acme', 'ada@example.org', false]],
    )
    const one = `${path}${String(linked[0]?.['id'])}/`
    assert.equal((await call(site, ada, 'DELETE', one)).status, 204)
    assert.equal((await call(site, ada, 'DELETE', one)).status, 404)
    assert.deepEqual(await site.instance.social.linked.list(id), [])
  })

  it('does not unlink the last way in, nor what is somebody else’s [B-SOC-08]', async () => {
    const { site, ada } = await open()
    const eve = visitor()
    await eve.continueWith(site, 'acme')
    const { linked } = (await call(site, eve, 'GET', path)).json as { linked: readonly Record<string, unknown>[] }
    assert.equal(linked[0]?.['is_last_way_in'], true)
    const one = `${path}${String(linked[0]?.['id'])}/`
    const refused = await call(site, eve, 'DELETE', one)
    assert.deepEqual([refused.status, refused.json['code']], [409, 'conflict'])
    assert.equal((await call(site, ada, 'DELETE', one)).status, 404)
    assert.equal((await call(site, ada, 'DELETE', `${path}nothing/`)).status, 404)
    assert.deepEqual((await call(site, ada, 'GET', path)).json['linked'], [])
  })

  it('is begun by whoever is signed in, with a token of the page and a fresh proof, and by nobody for them', async () => {
    const { site, ada } = await open()
    const start = '/accounts/social/acme/'
    assert.equal((await call(site, visitor(), 'POST', start, { purpose: 'link' })).status, 401)
    assert.equal((await call(site, visitor(), 'GET', path)).status, 401)
    const forged = await call(site, ada, 'POST', start, { purpose: 'link' }, { 'x-csrftoken': 'nothing' })
    assert.deepEqual([forged.status, forged.json['code']], [403, 'csrf_failed'])
    const elsewhere = await call(site, ada, 'POST', start, { purpose: 'link' }, { origin: 'https://evil.example' })
    assert.equal(elsewhere.status, 403)
    assert.equal((await call(site, ada, 'POST', start, { purpose: 'test' })).status, 403)
    assert.equal((await call(site, ada, 'POST', start, { purpose: 'rob' })).status, 400)
    site.time.now += 11 * 60_000
    const late = await call(site, ada, 'POST', start, { purpose: 'link' })
    assert.deepEqual([late.status, late.json['code']], [401, 'insufficient_user_authentication'])
    assert.equal((await call(site, ada, 'DELETE', `${path}nothing/`)).status, 401)
  })
})

async function open(): Promise<{ readonly site: Site; readonly ada: Visitor; readonly id: string }> {
  const acme = await startStandIn()
  const site = await openSite({ settings: { signInProviders: [providerAt(acme)] } })
  acme.clock = () => site.time.now
  const { id } = await site.addUser({ username: 'ada' })
  const ada = visitor()
  await ada.signIn(site, 'ada')
  return { site, ada, id }
}

/** Asks as a page of the site would, with JSON and the token of the page. */
async function call(
  { base }: Site,
  who: Visitor,
  method: string,
  to: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }> {
  const page = await who.get(`${base}/account/linked/`)
  const [, token = ''] = /name="csrfmiddlewaretoken" value="([^"]*)"/.exec(page.text) ?? []
  const jar = who.cookies(base)
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const response = await fetch(base + to, {
    method,
    headers: {
      cookie,
      origin: base,
      'x-csrftoken': token,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  for (const set of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
    jar.set(name, value)
  }
  const text = await response.text()
  return { status: response.status, json: text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>) }
}
