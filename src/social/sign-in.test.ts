import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, providerAt, visitor, whoIs } from './social.contract.ts'
import { startStandIn } from './stand-in.contract.ts'

describe('signing in with another provider', () => {
  it('makes an account for somebody new, and knows them again', async () => {
    const standIn = await startStandIn()
    const site = await openSite({ settings: { signInProviders: [providerAt(standIn)] } })
    const ada = visitor()
    const page = await ada.continueWith(site, 'acme', '?next=/api/sign-in-providers/')
    assert.equal(page.status, 200, page.text)
    assert.equal(page.url.pathname, '/api/sign-in-providers/')
    const id = await whoIs(site, ada)
    assert.notEqual(id, null)
    const user = await site.instance.users.find(id ?? '')
    assert.deepEqual(
      [user?.username, user?.email, user?.emailVerified, user?.hasPassword],
      ['ada@example.org', 'ada@example.org', true, false],
    )
    const again = visitor()
    await again.continueWith(site, 'acme')
    assert.equal(await whoIs(site, again), id)
  })
})
