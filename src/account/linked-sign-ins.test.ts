import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, providerAt, type Site, visitor, whoIs } from '../social/social.contract.ts'
import { type StandIn, startStandIn } from '../social/stand-in.contract.ts'

async function open(): Promise<{ site: Site; acme: StandIn; other: StandIn }> {
  const [acme, other] = [await startStandIn(), await startStandIn()]
  const signInProviders = [providerAt(acme), providerAt(other, { id: 'other', name: 'Other' })]
  const site = await openSite({ settings: { signInProviders } })
  acme.clock = () => site.time.now
  other.clock = () => site.time.now
  return { site, acme, other }
}

describe('linked sign-ins', () => {
  it('are linked by whoever is signed in, and unlinked after a page that says what stops [B-SOC-07]', async () => {
    const { site, acme } = await open()
    acme.person = { sub: 'x', email: '<b>evil</b>@example.org', name: 'Ada' }
    const { id } = await site.addUser({ username: 'ada' })
    const ada = visitor()
    await ada.signIn(site, 'ada')
    const empty = await ada.get(`${site.base}/account/linked/`)
    assert.match(empty.text, /You have linked none yet/)
    const linked = await ada.submit(empty, 'acme-link-form')
    assert.equal(linked.url.pathname, '/account/linked/', linked.text)
    assert.match(linked.text, /You can now sign in with Acme/)
    assert.doesNotMatch(linked.text, /<b>evil/)
    assert.equal(await whoIs(site, ada), id)
    const fresh = visitor()
    await fresh.continueWith(site, 'acme')
    assert.equal(await whoIs(site, fresh), id)

    const [link] = await site.instance.social.linked.list(id)
    const asked = await ada.get(`${site.base}/account/linked/${link?.id}/`)
    assert.match(asked.text, /Unlink Acme\?/)
    const gone = await ada.submit(asked, 'unlink-form')
    assert.match(gone.text, /Acme is unlinked/)
    assert.deepEqual(await site.instance.social.linked.list(id), [])
    const events = [...(await site.events('linked_account.created')), ...(await site.events('linked_account.removed'))]
    assert.deepEqual(
      events.map(({ actor, subject }) => [actor, subject]),
      [
        [`user:${id}`, `user:${id}`],
        [`user:${id}`, `user:${id}`],
      ],
    )
    const activity = await ada.get(`${site.base}/account/activity/`)
    assert.match(activity.text, /An account of acme was unlinked/)
  })

  it('cannot be linked where somebody else has the account [B-SOC-07]', async () => {
    const { site } = await open()
    const eve = visitor()
    await eve.continueWith(site, 'acme')
    const { id } = await site.addUser({ username: 'ada' })
    const ada = visitor()
    await ada.signIn(site, 'ada')
    const page = await ada.submit(await ada.get(`${site.base}/account/linked/`), 'acme-link-form')
    assert.equal(page.status, 409)
    assert.match(page.text, /linked with somebody else/)
    assert.deepEqual(await site.instance.social.linked.list(id), [])
    assert.equal(await whoIs(site, ada), id)
  })

  it('ask for a fresh sign-in before anything is linked or unlinked [B-SOC-07]', async () => {
    const { site, acme } = await open()
    await site.addUser({ username: 'ada' })
    const ada = visitor()
    await ada.signIn(site, 'ada')
    const page = await ada.submit(await ada.get(`${site.base}/account/linked/`), 'acme-link-form')
    assert.match(page.text, /You can now sign in/)
    site.time.now += 601_000
    const stale = await ada.submit(await ada.get(`${site.base}/account/linked/`), 'other-link-form')
    assert.equal(stale.url.pathname, '/accounts/login/')
    assert.equal(stale.url.searchParams.get('next'), '/account/linked/')
    const unlink = /href="(\/account\/linked\/\w+\/)"/.exec(page.text)?.[1] ?? ''
    assert.equal((await ada.get(site.base + unlink)).url.pathname, '/accounts/confirm/password/')
    assert.equal(acme.asked.length, 1)
  })

  it('are not linked for whoever signs in meanwhile, by a form of another site, or without a session', async () => {
    const { site, acme } = await open()
    await site.addUser({ username: 'ada' })
    const { id } = await site.addUser({ username: 'eve' })
    const ada = visitor()
    await ada.signIn(site, 'ada')
    const page = await ada.get(`${site.base}/account/linked/`)
    ada.stopAt = `${site.base}/accounts/social/acme/callback/`
    const { url } = await ada.submit(page, 'acme-link-form')
    ada.stopAt = null
    await ada.signIn(site, 'eve')
    const back = await ada.get(url.href)
    assert.equal(back.status, 400)
    assert.match(back.text, /somebody else has signed in/)
    assert.deepEqual(await site.instance.social.linked.list(id), [])
    const start = `${site.base}/accounts/social/acme/`
    assert.equal((await ada.post(start, { purpose: 'link' })).status, 403)
    assert.equal((await visitor().post(start, { purpose: 'link' })).status, 401)
    assert.equal((await ada.post(start, { purpose: 'nonsense' })).status, 400)
    assert.equal(acme.asked.length, 1)
  })

  it('keep the last way in, and say how to get another [B-SOC-08]', async () => {
    const { site } = await open()
    const who = visitor()
    await who.continueWith(site, 'acme')
    const id = (await whoIs(site, who)) ?? ''
    const [link] = await site.instance.social.linked.list(id)
    const asked = await who.get(`${site.base}/account/linked/${link?.id}/`)
    assert.match(asked.text, /Acme is your only way in/)
    assert.doesNotMatch(asked.text, /unlink-form/)
    await who.submit(await who.get(`${site.base}/account/linked/`), 'other-link-form')
    const again = await who.get(`${site.base}/account/linked/${link?.id}/`)
    await who.submit(again, 'unlink-form')
    assert.deepEqual(
      (await site.instance.social.linked.list(id)).map(({ provider }) => provider),
      ['other'],
    )
    assert.equal((await who.submit(again, 'unlink-form')).status, 404)
  })

  it('of other people are not there', async () => {
    const { site } = await open()
    const eve = visitor()
    await eve.continueWith(site, 'acme')
    const [link] = await site.instance.social.linked.list((await whoIs(site, eve)) ?? '')
    await site.addUser({ username: 'ada' })
    const ada = visitor()
    await ada.signIn(site, 'ada')
    for (const id of [link?.id ?? '', 'nonsense', '00000000000']) {
      assert.equal((await ada.get(`${site.base}/account/linked/${id}/`)).status, 404)
    }
  })
})
