import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createLog } from '../../src/server/log.ts'
import { serve, type RunningServer } from '../../src/server/serve.ts'
import { readSettings } from '../../src/server/settings.ts'
import { samlKey } from '../../src/social/saml/saml-idp.contract.ts'
import { launchChromium } from '../services/chromium.ts'
import { freePort } from '../services/server-process.ts'
import { type ForeignIdp, type IdpWay, startForeignIdp } from './pysaml2-idp.ts'

const folder = mkdtempSync(join(tmpdir(), 'doorward-pysaml2-'))
const lines: string[] = []

let browser: Browser
let idp: ForeignIdp
/** It is called by `localhost`, and the provider by its number: so they are two sites, and cookies stay away from forms between them. */
let address: string
let site: RunningServer

before(async () => {
  idp = await startForeignIdp()
  const own = await samlKey()
  const port = await freePort()
  address = `http://localhost:${port}`
  const provider = (way: IdpWay, more: object = {}): object => ({
    id: way,
    preset: 'saml',
    name: way,
    issuer: idp.entityId,
    entryPoint: idp.entryPoint(way),
    certificates: [idp.certificate],
    createAccounts: true,
    ...more,
  })
  const signInProviders = [
    // By its metadata alone.
    {
      id: 'assertion',
      preset: 'saml',
      metadata: await idp.metadata(),
      createAccounts: true,
      emailsAreVerified: true,
    },
    provider('response'),
    // Its requests are signed, and the provider wants that.
    provider('both', { privateKey: own.privateKey, certificate: own.certificate }),
    provider('none'),
    provider('sha1'),
    provider('transient'),
  ]
  const log = createLog({ level: 'info', to: { write: (line) => void lines.push(line) } })
  site = await serve(readSettings({ data: folder, port, signInProviders }), { log })
  browser = await launchChromium()
})

after(async () => {
  await browser?.close()
  await site?.stop()
  await idp?.stop()
  rmSync(folder, { recursive: true })
})

for (const javaScriptEnabled of [true, false]) {
  describe(`somebody with Chromium, scripts ${javaScriptEnabled ? 'on' : 'off'}, at an identity provider of pysaml2`, () => {
    async function comeFrom(way: IdpWay, use: (page: Page) => Promise<void>): Promise<void> {
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await context.newPage()
      try {
        await page.goto(`${address}/accounts/login/?next=/account/linked/`)
        await page.click(`#provider-${way}-submit`)
        if (!javaScriptEnabled) {
          await page.click('input[type=submit]')
          await page.click('#form-post-submit')
        }
        await use(page)
      } finally {
        await context.close()
      }
    }

    for (const way of ['assertion', 'response', 'both'] as const) {
      it(`signs in where it signs: ${way} [B-SOC-15]`, async () => {
        await comeFrom(way, async (page) => {
          await page.waitForURL(`${address}/account/linked/`)
          assert.match((await page.textContent('#linked')) ?? '', /ada@example\.org/)
        })
      })
    }

    for (const [way, reason] of [
      ['none', /Neither the response nor its assertion is signed/],
      ['sha1', /algorithm http:\/\/www\.w3\.org\/2000\/09\/xmldsig#rsa-sha1 is not taken/],
      ['transient', /The NameID is transient/],
    ] as const) {
      it(`is refused where it signs so: ${way}, and the log says why`, async () => {
        lines.length = 0
        await comeFrom(way, async (page) => {
          await page.waitForURL(`${address}/accounts/social/${way}/callback/`)
          await page.waitForSelector('#request-id, main h1')
          assert.match((await page.textContent('main')) ?? '', /could not be completed/)
        })
        assert.match(lines.join('\n'), reason)
      })
    }
  })
}
