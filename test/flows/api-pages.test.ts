import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { person } from '../../src/screens/person.contract.ts'
import { createTestDoorward, type TestDoorward } from '../../src/testing/test-doorward.ts'
import { launchChromium } from '../services/chromium.ts'
import { walkScreens } from '../services/walk.ts'

describe('the pages under /api/ in a browser', () => {
  let doorward: TestDoorward
  let browser: Browser
  before(async () => {
    doorward = await createTestDoorward()
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await doorward.close()
  })

  it('are accessible, and fit a phone and a screen, in light and dark', async () => {
    const base = await doorward.listen({ isWholeSite: true })
    const staff = await doorward.users.create({ username: 'grace', isStaff: true })
    const grace = person(base)
    await grace.signIn(staff.username, staff.password)
    await walkScreens(browser, {
      base,
      cookies: grace.cookies,
      screens: {
        home: '/',
        api: '/api/',
        'api-errors': '/api/errors/',
        'api-list': '/api/operations/getApiAdminUsers/',
        'api-body': '/api/operations/postApiAdminServiceAccountsByIdKeys/',
        'api-form': '/api/operations/postOToken/',
      },
    })
  })
})
