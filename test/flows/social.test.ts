import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Provider } from 'oidc-provider'
import type { Browser, Page } from 'playwright-core'
import { createLog } from '../../src/server/log.ts'
import { serve, type RunningServer } from '../../src/server/serve.ts'
import { readSettings } from '../../src/server/settings.ts'
import { launchChromium } from '../services/chromium.ts'
import { freePort } from '../services/server-process.ts'

const password = 'correct horse battery'
const folder = mkdtempSync(join(tmpdir(), 'doorward-social-'))
const log = createLog({ level: 'silent' })
const servers: Server[] = []

let browser: Browser
/** The one that people sign in to. It is called by `localhost`, since cookies do not tell ports apart. */
let site: RunningServer
let address: string
/** Another Doorward, where they have their accounts. */
let second: RunningServer

before(async () => {
  const port = await freePort()
  address = `http://localhost:${port}`
  const callback = (id: string): string => `${address}/accounts/social/${id}/callback/`
  second = await serve(readSettings({ data: join(folder, 'second'), port: 0, oauthLocalhostRedirects: true }), { log })
  const { client, secret } = await second.instance.oauth.clients.create(
    {
      name: 'The other site',
      authMethod: 'client_secret',
      grantTypes: ['authorization_code'],
      redirectUris: [callback('second')],
      postLogoutRedirectUris: [`${address}/accounts/logout/`],
      scopes: ['openid', 'email', 'profile'],
    },
    { by: { actor: 'system' } },
  )
  await second.instance.users.create({ username: 'ada', email: 'ada@example.org', emailVerified: true, password })
  const common = { clientSecret: 'a secret of ours', createAccounts: true }
  const signInProviders = [
    {
      ...common,
      id: 'second',
      name: 'Second',
      issuer: second.url,
      clientId: client.id,
      clientSecret: secret,
      signOut: true,
    },
    { ...common, id: 'panva', name: 'Panva', issuer: await startOidcProvider(callback('panva')), clientId: 'doorward' },
    {
      ...common,
      id: 'github',
      issuer: `${await startGithub(callback('github'))}/login/oauth`,
      clientId: 'Iv1.doorward',
    },
  ]
  site = await serve(readSettings({ data: join(folder, 'site'), port, signInProviders }), { log })
  browser = await launchChromium()
})

after(async () => {
  await browser?.close()
  for (const one of servers) {
    one.close()
    one.closeAllConnections()
  }
  await site?.stop()
  await second?.stop()
  rmSync(folder, { recursive: true })
})

for (const javaScriptEnabled of [true, false]) {
  describe(`somebody with Chromium, scripts ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    async function inBrowser(use: (page: Page) => Promise<void>): Promise<void> {
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await context.newPage()
      // The pages of oidc-provider ask for a font elsewhere.
      await page.route(/googleapis/, async (route) => route.abort())
      try {
        await use(page)
      } finally {
        await context.close()
      }
    }

    const start = async (page: Page, provider: string): Promise<void> => {
      await page.goto(`${address}/accounts/login/?next=/account/linked/`)
      await page.click(`#provider-${provider}-submit`)
    }

    it('signs in with another Doorward, is known again, and signs out at both', async () => {
      await inBrowser(async (page) => {
        await start(page, 'second')
        await page.fill('#id_username', 'ada')
        await page.fill('#id_password', password)
        await page.click('#sign-in-submit')
        await page.waitForURL(/\/o\/authorize\/|\/account\/linked\//)
        if (page.url().includes('/o/authorize/')) await page.click('#consent-allow')
        await page.waitForURL(`${address}/account/linked/`)
        assert.match((await page.textContent('#linked')) ?? '', /ada@example\.org/)
        const user = await site.instance.users.findByLogin('ada@example.org')
        assert.deepEqual([user?.emailVerified, user?.hasPassword], [true, false])

        await page.goto(`${address}/accounts/logout/`)
        await page.click('#sign-out-submit')
        if (!javaScriptEnabled) await page.click('#go-on')
        await page.waitForURL(`${address}/accounts/logout/`)
        assert.match((await page.textContent('main')) ?? '', /You are signed out/)
        await page.goto(`${second.url}/account/`)
        assert.match(page.url(), /\/accounts\/login\//, 'there too')
      })
    })

    it('signs in with oidc-provider', async () => {
      await inBrowser(async (page) => {
        await start(page, 'panva')
        await page.fill('input[name=login]', `grace-${javaScriptEnabled}`)
        await page.fill('input[name=password]', 'any')
        await page.click('button[type=submit]')
        await page.click('button[type=submit]:has-text("Continue")')
        await page.waitForURL(`${address}/account/linked/`)
        assert.match((await page.textContent('#linked')) ?? '', /grace-\w+@panva\.example/)
      })
    })

    it('calls it off at oidc-provider, and is told so', async () => {
      await inBrowser(async (page) => {
        await start(page, 'panva')
        await page.click('text=Cancel')
        await page.waitForURL(`${address}/accounts/social/panva/callback/**`)
        assert.match((await page.textContent('main')) ?? '', /was called off/)
        await page.click('#go-on')
        assert.match(page.url(), /\/accounts\/login\//)
      })
    })

    it('signs in with GitHub', async () => {
      await inBrowser(async (page) => {
        await start(page, 'github')
        await page.click('#authorize')
        await page.waitForURL(`${address}/account/linked/`)
        assert.match((await page.textContent('#linked')) ?? '', /octo@example\.org/)
      })
    })

    it('has an account here with the same address, proves that it is theirs, and links the two', async () => {
      const name = `mary-${javaScriptEnabled}`
      const email = `${name}@panva.example`
      const { id } = await site.instance.users.create({ username: name, email, emailVerified: true, password })
      await inBrowser(async (page) => {
        await start(page, 'panva')
        await page.fill('input[name=login]', name)
        await page.fill('input[name=password]', 'any')
        await page.click('button[type=submit]')
        await page.click('button[type=submit]:has-text("Continue")')
        await page.click('text=Sign in to link them')
        assert.equal(await page.inputValue('#id_username'), email)
        await page.fill('#id_password', password)
        await page.click('#sign-in-submit')
        await page.click('#link-yes')
        await page.waitForURL(`${address}/account/linked/`)
        assert.match((await page.textContent('#linked')) ?? '', /Panva/)
        assert.equal((await site.instance.social.linked.list(id)).length, 1)
      })
    })
  })
}

/** node-oidc-provider, with its own pages for trying things out. */
async function startOidcProvider(redirectUri: string): Promise<string> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'doorward', client_secret: 'a secret of ours', redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: async (_context, sub) => ({
      accountId: sub,
      claims: async () => ({ sub, email: `${sub}@panva.example`, email_verified: true, name: sub }),
    }),
    cookies: { keys: ['a key of the test'] },
  })
  const answer = provider.callback()
  await listen(
    createServer((request, response) => void answer(request, response)),
    port,
  )
  return issuer
}

/** Answers as GitHub does. */
async function startGithub(redirectUri: string): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://github.test')
    const json = (value: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    }
    if (url.pathname === '/login/oauth/authorize') {
      const back = new URL(redirectUri)
      const origin = `http://${request.headers.host}`
      const state = url.searchParams.get('state') ?? ''
      back.search = new URLSearchParams({ code: 'c', state, iss: `${origin}/login/oauth` }).toString()
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(
        `<!doctype html><title>GitHub</title><a id="authorize" href="${back.href.replaceAll('&', '&amp;')}">Go</a>`,
      )
    } else if (url.pathname === '/login/oauth/access_token') {
      json({ access_token: 'gho_1', scope: 'read:user,user:email', token_type: 'bearer' })
    } else if (url.pathname === '/api/v3/user') {
      json({ id: 1, login: 'octo', name: 'Octo' })
    } else {
      json([{ email: 'octo@example.org', primary: true, verified: true }])
    }
  })
  await listen(server, 0)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
}
