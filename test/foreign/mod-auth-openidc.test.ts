import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Apache, startApache } from '../services/apache.ts'
import { freePort } from '../services/server-process.ts'
import { allow } from './allow.ts'
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts'
import { createBrowser } from './browser.ts'
import { snippet } from './snippet.ts'

let server: AuthorizationServer
let apache: Apache
let site = ''

before(async () => {
  server = await startAuthorizationServer()
  const port = await freePort()
  site = `http://127.0.0.1:${port}`
  const { id, secret } = await server.addClient({
    grantTypes: ['authorization_code'],
    scopes: ['openid', 'email'],
    redirectUris: [`${site}/cb`],
    postLogoutRedirectUris: [`${site}/`],
  })
  const lines = snippet('apache', {
    'https://id.example.com': server.url,
    'https://intranet.example.com': site,
    CLIENT_ID: id,
    CLIENT_SECRET: secret,
    A_LONG_RANDOM_TEXT: 'p'.repeat(40),
  })
  apache = await startApache(port, lines)
})

after(async () => {
  await apache.close()
  await server.stop()
})

describe('mod_auth_openidc in front of a page', () => {
  it('leads to sign-in and back, and knows who it is', async () => {
    const browser = createBrowser(server.url, site)
    const page = await allow(server, browser, `${site}/`)
    assert.equal(page.url.origin, site)
    assert.equal(page.status, 200, page.html)
    assert.equal(page.html, `signed in as ${server.user.email}\n`)
  })

  it('signs out here and there', async () => {
    const browser = createBrowser(server.url, site)
    await allow(server, browser, `${site}/`)
    let page = await browser.visit(`${site}/cb?logout=${encodeURIComponent(`${site}/`)}`)
    if (page.url.pathname === '/o/logout/') page = await browser.submit(page, {})
    assert.equal(page.url.pathname, '/accounts/login/', `${page.url.href} ${page.html}`)
  })
})
