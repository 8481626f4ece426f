import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { person } from '../../src/screens/person.contract.ts'
import { parseId } from '../../src/storage/id.ts'
import { createTestDoorward } from '../../src/testing/test-doorward.ts'
import { launchChromium } from '../services/chromium.ts'
import { walkScreens } from '../services/walk.ts'

describe('the screens of an account in a browser', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser.close())

  it('work with scripts and without, and are accessible', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const ada = person(base)
    await person(base).signIn('ada', 'correct horse battery')
    await ada.signIn('ada', 'correct horse battery')
    await walkScreens(browser, {
      base,
      cookies: ada.cookies,
      screens: {
        'account-overview': '/account/',
        devices: '/account/devices/',
        'other-devices': '/account/devices/others/',
        apps: '/account/apps/',
        tokens: '/account/tokens/',
        preferences: '/account/preferences/',
        activity: '/account/activity/',
        data: '/account/data/',
        'delete-account': '/account/data/delete/',
        ...Object.fromEntries([1, 2, 3, 4, 5].map((step) => [`secure-${step}`, `/account/secure/?step=${step}`])),
      },
    })
  })

  it('show whom one has let in, who stands behind it and when it was last used, and what stops where one takes it out or leaves', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const { id } = await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const { oauth, orgs, database } = doorward.instance
    const acme = await orgs.organisations.create({ name: 'Acme', slug: 'acme', ownerId: id })
    const values = { name: 'Notes', redirectUris: ['https://app.example/cb'], scopes: ['openid', 'read'] }
    const owner = { organisation: acme.id, source: 'portal', by: { actor: 'system' } } as const
    const { client } = await oauth.clients.create(values, owner)
    const of = { clientKey: parseId(client.id) ?? 0n, userId: parseId(id) ?? 0n, signInId: null }
    const expiresAt = doorward.clock.now() + 86_400_000
    const allowed = { scopes: ['openid', 'read'], resources: ['https://api.example/v1'], isOffline: true }
    const detail = { by: 'authorization_code' } as const
    const grants = [1, 2].map(() => oauth.grants.make({ ...of, ...allowed, expiresAt, detail }))
    await database.append({ grants })
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    const bob = await doorward.users.create({ username: 'bob' })
    const zeta = await orgs.organisations.create({ name: 'Zeta', slug: 'zeta', ownerId: bob.id })
    await orgs.members.add(zeta.id, id, 'member')
    const screens = {
      'apps-let-in': '/account/apps/',
      'take-app-out': `/account/apps/${client.id}/`,
      'leave-only-owner': `/account/organisations/${acme.id}/leave/`,
      'leave-organisation': `/account/organisations/${zeta.id}/leave/`,
    }
    await walkScreens(browser, {
      base,
      cookies: ada.cookies,
      screens: { ...screens, 'secure-apps': '/account/secure/?step=4' },
    })
  })

  it('ask whether to send what was typed before the sign-in was over, and the page to sign in says that it waits', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const { id } = await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    const page = await ada.get('/account/preferences/')
    for (const session of await doorward.instance.sessions.list(id)) await doorward.instance.sessions.end(session.id)
    const login = await ada.submit(page, 'save', { time_zone: 'Asia/Tokyo' })
    const screens = { 'sign-in-form-kept': login.path }
    await walkScreens(browser, { base, cookies: ada.cookies, screens })
    await ada.submit(login, 'sign-in', { username: 'ada', password: 'correct horse battery' })
    const { cookies } = ada
    await walkScreens(browser, { base, cookies, screens: { 'form-kept': '/account/preferences/' } })
  })

  it('show moments in the time zone that was chosen, with scripts and without, whatever the browser has', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    await ada.submit(await ada.get('/account/preferences/'), 'save', { time_zone: 'Asia/Tokyo' })
    const seen = new Set<string>()
    for (const javaScriptEnabled of [true, false]) {
      const context = await browser.newContext({ javaScriptEnabled, timezoneId: 'America/New_York' })
      await context.addCookies([...ada.cookies].map(([name, value]) => ({ name, value, url: base })))
      const page = await context.newPage()
      await page.goto(`${base}/account/activity/`)
      const last = page.locator('time[data-zone="Asia/Tokyo"]').last()
      seen.add(await last.innerText())
      assert.match((await last.getAttribute('title')) ?? '', / UTC$/)
      await context.close()
    }
    assert.equal(seen.size, 1)
  })
})
