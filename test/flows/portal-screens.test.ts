import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { OAuthError } from '../../src/oauth/oauth-error.ts'
import { pngOf } from '../../src/oauth/logos/pictures.contract.ts'
import { person } from '../../src/screens/person.contract.ts'
import { createTestDoorward } from '../../src/testing/test-doorward.ts'
import { launchChromium } from '../services/chromium.ts'
import { foreignIssuer } from '../../src/tokens/issuer.contract.ts'
import { assertAccessible } from '../services/accessible.ts'
import { walkScreens } from '../services/walk.ts'

describe('the developer portal in a browser', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser.close())

  it('works with scripts and without on every screen, empty and full, and is accessible', async () => {
    await using doorward = await createTestDoorward({
      settings: { requestsPerPrincipal: '1000/hour', oauthScopes: { ...scopes } },
    })
    const base = await doorward.listen()
    const { id } = await doorward.users.create({
      username: 'ada',
      password: 'correct horse battery',
      permissions: ['clients.add', 'service_accounts.add'],
    })
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    const walk = async (screens: Readonly<Record<string, string>>): Promise<void> =>
      walkScreens(browser, { base, cookies: ada.cookies, screens })
    await walk({
      'portal-home': '/portal/',
      'portal-no-apps': '/portal/apps/',
      'portal-no-keys': '/portal/keys/',
      'portal-no-accounts': '/portal/service-accounts/',
      'portal-no-usage': '/portal/usage/',
    })

    const { apiKeys, serviceAccounts, workloadTrusts, oauth, keyUsage, appReviews } = doorward.instance
    const by = { actor: `user:${id}` }
    const { key, record } = await apiKeys.create({
      owner: { kind: 'user', id },
      name: 'nightly',
      scopes: ['notes:read'],
    })
    await apiKeys.startRotation(record.id, { by })
    const old = await apiKeys.create({
      owner: { kind: 'user', id },
      name: 'a name that is rather long for a table, so that it has to wrap',
    })
    await apiKeys.revoke(old.record.id, { by })
    for (let use = 0; use < 9; use += 1) await fetch(`${base}/api/applications/`, { headers: { 'x-api-key': key } })
    await keyUsage.flush()
    const account = await serviceAccounts.create({ name: 'deploy', scopes: ['notes:read'], ownerId: id }, { by })
    await apiKeys.create({ owner: { kind: 'service_account', id: account.id }, name: 'ci' })
    const bare = await serviceAccounts.create({ name: 'bare', ownerId: id }, { by })
    const issuer = 'https://token.actions.githubusercontent.com'
    for (const subject of [
      'repo:acme/a-rather-long-name-of-a-repository:environment:production',
      'repo:acme/*:pull_request',
    ]) {
      const audience = workloadTrusts.audienceOf(account.id)
      await workloadTrusts.create(account.id, { issuer, subject, audience, scopes: ['notes:read'] }, { by })
    }
    const values = {
      name: 'Notes',
      authMethod: 'client_secret',
      redirectUris: ['https://app.example/cb'],
      scopes: ['openid'],
      clientUri: 'https://app.example/',
      policyUri: 'https://app.example/privacy',
    }
    const { client } = await oauth.clients.create(values, { by, owner: id, source: 'portal' })
    const action = { by, owner: id }
    const { clientUsage } = oauth
    for (let use = 0; use < 40; use += 1) clientUsage.count(client.id, use % 4 === 0 ? 'tokens' : 'requests')
    for (const code of ['invalid_client', 'invalid_grant', 'invalid_grant'] as const)
      clientUsage.refused(client.id, new OAuthError(code, ''))
    await clientUsage.flush()
    await oauth.testers.add(client.id, 'bob@example.org', action)
    await oauth.logos.put(client.id, pngOf({ width: 48, height: 48 }).toString('base64'), action)
    await appReviews.ask(client.id, { ...action, text: 'It reads notes aloud.' })
    await appReviews.giveBack(client.id, { by: { actor: 'system' }, text: 'Say on the home page whose it is.' })
    await walk({
      'portal-home-done': '/portal/',
      'portal-apps': '/portal/apps/',
      'portal-app-types': '/portal/apps/new/',
      'portal-new-app': '/portal/apps/new/?type=native',
      'portal-app': `/portal/apps/${client.id}/`,
      'portal-app-use': `/portal/apps/${client.id}/use/`,
      'portal-app-review': `/portal/apps/${client.id}/review/`,
      'portal-app-testers': `/portal/apps/${client.id}/testers/`,
      'portal-app-consent': `/portal/apps/${client.id}/consent/`,
      'portal-app-logo': `/portal/apps/${client.id}/logo/`,
      'portal-delete-app': `/portal/apps/${client.id}/delete/`,
      'portal-revoke-app-tokens': `/portal/apps/${client.id}/revoke-tokens/`,
      'portal-keys': '/portal/keys/',
      'portal-keys-none': '/portal/keys/?state=revoked',
      'portal-new-key': '/portal/keys/new/?preset=read',
      'portal-test-call': '/portal/keys/test-call/',
      'portal-usage-limits': '/portal/usage/',
      'portal-key': `/portal/keys/${record.id}/`,
      'portal-revoke-key': `/portal/keys/${record.id}/revoke/`,
      'portal-accounts': '/portal/service-accounts/',
      'portal-new-account': '/portal/service-accounts/new/',
      'portal-account': `/portal/service-accounts/${account.id}/`,
      'portal-account-key': `/portal/service-accounts/${account.id}/new-key/`,
      'portal-trust': `/portal/service-accounts/${account.id}/trust/`,
      'portal-no-trust': `/portal/service-accounts/${bare.id}/trust/`,
      'portal-new-trust': `/portal/service-accounts/${account.id}/trust/new/`,
      'portal-delete-account': `/portal/service-accounts/${account.id}/delete/`,
      'portal-usage': '/portal/usage/',
    })
  })

  it('trusts an issuer and tries a token of it, with scripts and without, and never shows the token again [D8]', async () => {
    await using ci = await foreignIssuer()
    await using doorward = await createTestDoorward({ fetch: ci.fetch, settings: { oauthScopes: { ...scopes } } })
    const base = await doorward.listen()
    const { id } = await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const { serviceAccounts, workloadTrusts } = doorward.instance
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    for (const javaScriptEnabled of [false, true]) {
      const values = { name: `deploy, scripts ${javaScriptEnabled}`, scopes: ['notes:read'], ownerId: id }
      const account = await serviceAccounts.create(values, { by: { actor: 'system' } })
      const context = await browser.newContext({ javaScriptEnabled })
      await context.addCookies([...ada.cookies].map(([name, value]) => ({ name, value, url: base })))
      const page = await context.newPage()
      await page.goto(`${base}/portal/service-accounts/${account.id}/`)
      await page.click('#trust')
      await page.click('#new-trust')
      await page.fill('#issuer', ci.issuer)
      await page.fill('#subject', 'repo:acme/*:pull_request')
      await page.check('text=Read your notes')
      await page.click('#create')
      const claims = { aud: workloadTrusts.audienceOf(account.id), exp: Math.floor(doorward.clock.now() / 1000) + 300 }
      for (const [sub, heading] of [
        ['repo:acme/app:pull_request', 'This token is let in'],
        ['repo:evil/app:pull_request', 'This token is refused'],
      ] as const) {
        const token = await ci.sign({ ...claims, sub })
        await page.fill('#sample', token)
        await page.click('#test')
        assert.equal(await page.locator('#tested-heading').textContent(), heading)
        assert.doesNotMatch(await page.content(), /eyJ/)
        if (javaScriptEnabled) await assertAccessible(page, `portal-trust-tested-${sub.slice(5, 9)}`)
      }
      await page.locator('#trusts button').click()
      await page.locator('text=It is not trusted any more').waitFor()
      await context.close()
    }
  })

  it('finds a permission among many where scripts run, and shows them all where they do not [D5]', async () => {
    const many = Object.fromEntries(
      ['notes', 'files', 'bills', 'mail', 'tasks'].flatMap((name) => [
        [`${name}:read`, `Read ${name}`],
        [`${name}.all`, `All of ${name}`],
      ]),
    )
    await using doorward = await createTestDoorward({ settings: { oauthScopes: many } })
    const base = await doorward.listen()
    await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    for (const javaScriptEnabled of [false, true]) {
      const context = await browser.newContext({ javaScriptEnabled })
      await context.addCookies([...ada.cookies].map(([name, value]) => ({ name, value, url: base })))
      const page = await context.newPage()
      await page.goto(`${base}/portal/keys/new/`)
      const shown = page.locator('#key-permissions label:visible')
      assert.equal(await shown.count(), 10)
      assert.equal(await page.locator('#key-search').isVisible(), javaScriptEnabled)
      await page.selectOption('#key-scope-bills', 'read')
      if (javaScriptEnabled) {
        await page.fill('#key-search', 'mail')
        assert.equal(await shown.count(), 2)
        assert.equal(await page.locator('#key-search-found').textContent(), '2 of 10')
        await page.press('#key-search', 'Enter')
        await assertAccessible(page, 'portal-key-search')
      }
      await page.fill('#key-name', 'nightly')
      await page.fill('#key-purpose', 'copies the notes')
      await page.click('#review')
      assert.match(await page.locator('main').innerText(), /copies the notes[^]*Read bills/)
      await context.close()
    }
  })

  it('ticks the first call by itself where scripts run, and by a link where they do not [D1]', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const { id } = await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const { clients, clientUsage } = doorward.instance.oauth
    const values = { name: 'Job', grantTypes: ['client_credentials'], scopes: ['read'] }
    const { client } = await clients.create(values, { by: { actor: 'system' }, owner: id })
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    const steps = '#steps .badge'
    const context = await browser.newContext()
    await context.addCookies([...ada.cookies].map(([name, value]) => ({ name, value, url: base })))
    const page = await context.newPage()
    await page.clock.install()
    await page.goto(`${base}/portal/`)
    assert.deepEqual(await page.locator(steps).allTextContents(), ['done', 'done', 'to do'])
    await page.clock.runFor(10_000)
    assert.deepEqual(await page.locator(steps).allTextContents(), ['done', 'done', 'to do'])
    clientUsage.count(client.id, 'requests')
    await clientUsage.flush()
    await page.clock.runFor(10_000)
    await page.locator('#steps', { hasText: 'It has come.' }).waitFor()
    assert.deepEqual(await page.locator(steps).allTextContents(), ['done', 'done', 'done'])
    // It has found what it looked for.
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.clock.runFor(60_000)
    assert.deepEqual(asked, [])
    await context.close()
  })

  it('shows a new key once: reloading says so, and the link on is there without scripts', async () => {
    await using doorward = await createTestDoorward({ settings: { oauthScopes: { ...scopes } } })
    const base = await doorward.listen()
    await doorward.users.create({ username: 'ada', password: 'correct horse battery' })
    const ada = person(base)
    await ada.signIn('ada', 'correct horse battery')
    for (const javaScriptEnabled of [false, true]) {
      const context = await browser.newContext({ javaScriptEnabled })
      await context.addCookies([...ada.cookies].map(([name, value]) => ({ name, value, url: base })))
      const page = await context.newPage()
      await page.goto(`${base}/portal/keys/new/`)
      await page.fill('#key-name', `nightly, scripts ${javaScriptEnabled}`)
      await page.selectOption('#key-scope-notes', 'read')
      await page.click('#review')
      await page.locator('button', { hasText: 'Make the key' }).click()
      assert.match(await page.inputValue('#secret'), /^dw_live_/)
      assert.equal(await page.locator('#secret').evaluate((field) => field === document.activeElement), true)
      const shots = process.env['SHOTS']
      if (shots !== undefined)
        await page.screenshot({ path: `${shots}/portal-secret-${javaScriptEnabled}.png`, fullPage: true })
      const [tried] = await Promise.all([context.waitForEvent('page'), page.click('#test-call')])
      await tried.waitForURL(/test-call/)
      assert.equal(await tried.locator('h1').textContent(), 'The key works')
      if (shots !== undefined)
        await tried.screenshot({ path: `${shots}/portal-tried-${javaScriptEnabled}.png`, fullPage: true })
      await tried.close()
      if (javaScriptEnabled) {
        assert.equal(await page.getAttribute('#secret-stored', 'aria-disabled'), 'true')
        await page.check('#stored')
      } else {
        assert.equal(await page.locator('#stored').isVisible(), false)
      }
      await page.click('#secret-stored')
      await page.waitForURL(/\/portal\/keys\/[^/]+\/$/)
      assert.doesNotMatch(await page.content(), /dw_live_\w{40}/)
      await context.close()
    }
  })
})

const scopes = {
  openid: 'Know who you are',
  report: 'Make reports',
  'notes:read': 'Read your notes',
  'notes:write': 'Change your notes',
}
