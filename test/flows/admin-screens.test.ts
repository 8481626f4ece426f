import { pngOf } from '../../src/oauth/logos/pictures.contract.ts'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { createSetupLinks } from '../../src/accounts/setup-links.ts'
import { openConsole } from '../../src/admin/console.contract.ts'
import { createNodeReports } from '../../src/storage/node-reports.ts'
import { createAuditLog } from '../../src/storage/audit-log.ts'
import { formatId, parseId } from '../../src/storage/id.ts'
import { createTestDoorward } from '../../src/testing/test-doorward.ts'
import { assertAccessible } from '../services/accessible.ts'
import { launchChromium } from '../services/chromium.ts'
import { walkScreens } from '../services/walk.ts'

describe('the screens of the console in a browser', () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
  })
  after(async () => browser.close())

  it('work with scripts and without, and are accessible', async () => {
    await using at = await openConsole()
    const { base, doorward, ada, root } = at
    await at.signedIn(ada)
    const by = { actor: `user:${at.rootUser.id}` }
    const owner = { kind: 'user', id: ada.id } as const
    const { instance } = doorward
    const { record: key } = await instance.apiKeys.create({ owner, name: 'Nightly report', scopes: ['read'], by })
    const account = await doorward.serviceAccounts.create({
      name: 'Deployment',
      ownerId: ada.id,
      scopes: ['read', 'write'],
    })
    const ofAccount = { kind: 'service_account', id: account.id } as const
    const rotating = await instance.apiKeys.create({ owner: ofAccount, name: 'runner', scopes: ['read'], by })
    await instance.apiKeys.startRotation(rotating.record.id, { by })
    await doorward.serviceAccounts.create({ name: 'Nobody’s', ownerId: null })
    const accountPath = `/admin/service-accounts/${account.id}/`
    const trusted = { issuer: 'https://ci.example', subject: 'repo:acme/app:ref:refs/heads/main' }
    const audience = instance.workloadTrusts.audienceOf(account.id)
    await instance.workloadTrusts.create(account.id, { ...trusted, audience, scopes: ['read'] }, { by })
    await instance.apiTokens.issue({ owner, name: 'laptop', by })
    const group = await instance.groups.create({ name: 'Editors', permissions: ['notes.change'] })
    await instance.groups.add(group.id, ada.id, by)
    await instance.groups.create({ name: 'Readers', permissions: ['notes.view'] })
    await instance.users.create({
      username: 'a-person-with-a-rather-long-username@example.org',
      email: 'a-person-with-a-rather-long-username@example.org',
      isActive: false,
    })
    const made = await instance.oauth.clients.create(
      {
        name: 'Shop of Example and Daughters',
        grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
        redirectUris: ['https://shop.example/a/rather/long/path/to/the/callback/of/the/shop'],
        scopes: ['openid', 'profile', 'read'],
      },
      { by, owner: ada.id },
    )
    await instance.oauth.clients.startSecretRotation(made.client.id, { by })
    const other = await instance.oauth.clients.create(
      { name: 'Phone', authMethod: 'none', redirectUris: ['com.example.app:/cb'] },
      { by },
    )
    await instance.oauth.clients.disable(other.client.id, { by })
    const grant = instance.oauth.grants.make({
      clientKey: parseId(made.client.id) ?? 0n,
      userId: parseId(ada.id) ?? 0n,
      signInId: null,
      scopes: ['openid', 'read'],
      resources: [],
      isOffline: true,
      expiresAt: instance.clock() + 86_400_000,
      detail: { by: 'authorization_code' },
    })
    await instance.database.append({ grants: grant })
    const given = { name: 'Notes aloud', redirectUris: ['https://notes.example/cb'], scopes: ['openid'] }
    const owned = { by: { actor: `user:${ada.id}` }, owner: ada.id }
    const waiting = await instance.oauth.clients.create(given, { ...owned, source: 'portal' })
    await instance.oauth.logos.put(waiting.client.id, pngOf({ width: 48, height: 48 }).toString('base64'), owned)
    await instance.oauth.testers.add(waiting.client.id, 'bob@example.org', owned)
    await instance.appReviews.ask(waiting.client.id, { ...owned, text: 'It reads notes aloud.' })
    const application = `/admin/applications/${made.client.id}/`
    const answers =
      'type=web&client_type=confidential&grant_authorization_code=on&name=Web&user=ada&redirect_uris=https%3A%2F%2Fweb.example%2Fcb'
    const [event] = (await createAuditLog(instance).list()).entries
    await instance.signingKeys.rotate({ by, now: true })
    await instance.signingKeys.rotate({ by })
    await createNodeReports(instance).write({
      host: 'auth-1.eu.example.internal',
      process: 4711,
      version: '0.1.0',
      runtime: process.version,
      startedAt: instance.clock() - 86_400_000,
      memory: 120_000_000,
      clockAhead: -12,
      turnDelay: 3,
      tokensRemembered: 98_765,
      tokensVerified: 1_234,
      lookedAt: instance.clock(),
      revokedAt: instance.clock() - 3_600_000,
      passwordsRunning: 1,
      passwordsWaiting: 0,
    })
    const user = `/admin/users/${ada.id}/`
    await fetch(`${base}/o/jwks.json?backend=billing`)
    const until = { expiresAt: instance.clock() + 86_400_000 }
    const block = { throttle: 'requestsPerAddress', subject: 'address:203.0.113.0/24', rate: null, ...until }
    await instance.throttleOverrides.set({ ...block, reason: 'Guesses passwords, see the request for help 4711' }, by)
    const own = { throttle: 'requestsPerPrincipal', subject: `user:${ada.id}`, rate: '10/min', ...until }
    await instance.throttleOverrides.set({ ...own, reason: '' }, by)
    await walkScreens(browser, {
      base,
      cookies: root.cookies,
      screens: {
        overview: '/admin/',
        users: '/admin/users/',
        'users-none': '/admin/users/?search=nobody',
        'user-new': '/admin/users/new/',
        'user-import': '/admin/users/import/',
        'user-act-as': `${user}act-as/`,
        user,
        'user-edit': `${user}edit/`,
        'user-sessions': `${user}sessions/`,
        'user-credentials': `${user}credentials/`,
        'user-applications': `${user}applications/`,
        'user-groups': `${user}groups/`,
        'user-history': `${user}history/`,
        'user-merge': `${user}merge/`,
        'user-reset-link': `/admin/users/${at.staffUser.id}/reset-link/`,
        'user-merge-asked': `${user}merge/?other=grace`,
        'user-disable': `${user}disable/`,
        'user-sign-out': `${user}sign-out/`,
        'user-delete': `${user}delete/`,
        applications: '/admin/applications/',
        'application-new-1': '/admin/applications/new/',
        'application-new-2': `/admin/applications/new/?step=2&${answers}`,
        'application-new-3': `/admin/applications/new/?step=3&${answers}`,
        'application-new-4': `/admin/applications/new/?step=4&${answers}`,
        application,
        'application-review': `/admin/applications/${waiting.client.id}/review/`,
        'applications-waiting': '/admin/applications/?review=waiting',
        'application-logo': `/admin/applications/${waiting.client.id}/logo/`,
        'application-credentials': `${application}credentials/`,
        'application-finish': `${application}credentials/finish/`,
        'application-scopes': `${application}scopes/`,
        'application-tokens': `${application}tokens/`,
        'application-grants': `${application}grants/`,
        'application-test': `${application}test/`,
        'application-preview': `${application}preview/?user=ada&scope_openid=on&scope_profile=on`,
        'application-owner': `${application}owner/`,
        'application-history': `${application}history/`,
        'application-danger': `${application}danger/`,
        'application-delete': `${application}danger/delete/`,
        keys: '/admin/keys/',
        key: `/admin/keys/${key.id}/`,
        'key-revoke': `/admin/keys/${key.id}/revoke/`,
        'service-accounts': '/admin/service-accounts/',
        'service-account-new': '/admin/service-accounts/new/',
        'service-account': accountPath,
        'service-account-key-new': `${accountPath}keys/new/`,
        'service-account-key': `${accountPath}keys/${rotating.record.id}/`,
        'service-account-trust': `${accountPath}trust/`,
        'service-account-trust-new': `${accountPath}trust/new/`,
        'service-account-delete': `${accountPath}delete/`,
        sessions: '/admin/sessions/',
        'sessions-filtered':
          '/admin/sessions/?network=127.0.0.0%2F8&way=password&factor=one&started=2036-01-01T00%3A00',
        'sessions-none': '/admin/sessions/?network=192.0.2.0%2F24',
        'sessions-end': '/admin/sessions/end/?user=ada&factor=one',
        'sessions-end-nothing': '/admin/sessions/end/?user=nobody',
        audit: '/admin/audit/',
        'audit-none': '/admin/audit/?event=nothing.like',
        event: `/admin/audit/${event?.id}/`,
        'audit-verify': '/admin/audit/verify/',
        'signing-keys': '/admin/signing-keys/',
        'signing-keys-rotate': '/admin/signing-keys/rotate/',
        throttles: '/admin/throttles/',
        'throttle-new': '/admin/throttles/new/?of=user&subject=ada',
        administrators: '/admin/administrators/',
        'break-glass': '/admin/administrators/break-glass/',
        'break-glass-sign-in': '/accounts/break-glass/',
        administrator: `/admin/administrators/${at.staffUser.id}/`,
        settings: '/admin/settings/',
        'settings-changed': '/admin/settings/?show=changed',
        mail: '/admin/mail/',
        health: '/admin/health/',
        'access-tester': '/admin/access-tester/',
        grants: '/admin/grants/',
        grant: `/admin/grants/${formatId(grant.id)}/`,
        'grant-end': `/admin/grants/${formatId(grant.id)}/end/`,
        'token-look-up': '/admin/tokens/look-up/',
      },
    })
    await instance.database.append({
      acted_sessions: {
        session_id: parseId((await instance.sessions.list(at.rootUser.id))[0]?.id ?? '') ?? 0n,
        user_id: parseId(ada.id) ?? 0n,
        reason: 'a call for help',
        created_at: instance.clock(),
        expires_at: instance.clock() + 1_800_000,
      },
    })
    await walkScreens(browser, {
      base,
      cookies: root.cookies,
      screens: { acting: '/admin/acting/', 'acting-devices': '/account/devices/' },
    })
  })

  it('tell what was pasted, made or refused, in the answer to a form', async () => {
    await using at = await openConsole()
    const { key } = await at.doorward.instance.apiKeys.create({
      owner: { kind: 'user', id: at.ada.id },
      name: 'job',
      scopes: ['read'],
    })
    const context = await browser.newContext()
    await context.addCookies([...at.root.cookies].map(([name, value]) => ({ name, value, url: at.base })))
    const page = await context.newPage()
    const send = async (path: string, fields: Readonly<Record<string, string>>, button: string, name: string) => {
      await page.goto(at.base + path)
      for (const [id, value] of Object.entries(fields)) await page.fill(`#${id}`, value)
      await page.click(`#${button}`)
      await page.waitForLoadState()
      await assertAccessible(page, name)
    }
    await send('/admin/access-tester/', { credential: key }, 'explain', 'access-tester-answer')
    await send('/admin/tokens/look-up/', { token: key }, 'look-up', 'token-found')
    await send('/admin/users/import/', { file: 'username,email\nbob,\nada,\n' }, 'dry-run', 'user-import-dry-run')
    await send('/admin/users/new/', { username: 'bob@elsewhere' }, 'create', 'user-new-refused')
    await page.goto(`${at.base}/admin/users/`)
    for (const box of await page.locator('input[name^="row_"]').all()) await box.check()
    await page.click('#choose')
    await page.waitForLoadState()
    await assertAccessible(page, 'users-bulk')
    await send('/admin/administrators/break-glass/', {}, 'make', 'break-glass-codes')
    await send('/admin/throttles/new/', { subject: 'nowhere' }, 'give', 'throttle-new-refused')
    await send(`/admin/users/${at.staffUser.id}/reset-link/`, {}, 'make', 'user-reset-link-shown')
    await page.goto(`${at.base}/admin/keys/`)
    for (const box of await page.locator('input[name^="row_"]').all()) await box.check()
    await page.click('#choose')
    await page.waitForLoadState()
    await assertAccessible(page, 'keys-bulk')
    await page.goto(
      `${at.base}/admin/applications/new/?step=4&type=machine&client_type=confidential&grant_client_credentials=on&name=Job&user=`,
    )
    await page.click('#create')
    await page.waitForLoadState()
    await assertAccessible(page, 'application-secret')
    await context.close()
  })

  it('make the first administrator by a link', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const key = (await createSetupLinks(doorward.instance).make()) ?? ''
    await walkScreens(browser, { base, cookies: new Map(), screens: { 'set-up': `/admin/setup/?key=${key}` } })
  })
})
