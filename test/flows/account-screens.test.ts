import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { person } from '../../src/screens/person.contract.ts'
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
        activity: '/account/activity/',
        data: '/account/data/',
        'delete-account': '/account/data/delete/',
        ...Object.fromEntries([1, 2, 3, 4].map((step) => [`secure-${step}`, `/account/secure/?step=${step}`])),
      },
    })
  })
})
