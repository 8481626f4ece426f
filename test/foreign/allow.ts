import type { AuthorizationServer } from './authorization-server.ts'
import type { Browser, Page } from './browser.ts'

/**
 * What a person does at an authorization request: signs in where they are asked to, and allows what is asked for. The
 * page where it ends: the application's, with the answer.
 */
export async function allow(server: AuthorizationServer, browser: Browser, url: string | URL): Promise<Page> {
  const page = await signIn(server, browser, url)
  return page.url.origin === server.url && page.status === 200
    ? browser.submit(page, { decision: 'allow', remember_consent: '1' })
    : page
}

/** Goes to a page, and signs in where that leads to the page for it. */
export async function signIn(server: AuthorizationServer, browser: Browser, url: string | URL): Promise<Page> {
  const page = await browser.visit(url)
  if (page.url.href.split('?')[0] !== `${server.url}/accounts/login/`) return page
  const { username, password } = server.user
  return browser.submit(page, { username, password }, '/accounts/login/')
}
