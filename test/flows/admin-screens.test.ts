import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { openConsole } from '../../src/admin/console.contract.ts'
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
    await instance.apiKeys.create({ owner, name: 'Nightly report', scopes: ['read'], by })
    await instance.apiTokens.issue({ owner, name: 'laptop', by })
    const group = await instance.groups.create({ name: 'Editors', permissions: ['notes.change'] })
    await instance.groups.add(group.id, ada.id, by)
    await instance.groups.create({ name: 'Readers', permissions: ['notes.view'] })
    await instance.users.create({
      username: 'a-person-with-a-rather-long-username@example.org',
      email: 'a-person-with-a-rather-long-username@example.org',
      isActive: false,
    })
    const user = `/admin/users/${ada.id}/`
    await walkScreens(browser, {
      base,
      cookies: root.cookies,
      screens: {
        overview: '/admin/',
        users: '/admin/users/',
        'users-none': '/admin/users/?search=nobody',
        'user-new': '/admin/users/new/',
        user,
        'user-edit': `${user}edit/`,
        'user-sessions': `${user}sessions/`,
        'user-credentials': `${user}credentials/`,
        'user-applications': `${user}applications/`,
        'user-groups': `${user}groups/`,
        'user-history': `${user}history/`,
        'user-disable': `${user}disable/`,
        'user-sign-out': `${user}sign-out/`,
        'user-delete': `${user}delete/`,
      },
    })
  })
})
