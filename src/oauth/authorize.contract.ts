import { hash, randomBytes } from 'node:crypto'
import { type FakeBrowser, fakeBrowser, headerOf } from '../accounts/browser.contract.ts'
import { createPasswords } from '../accounts/passwords.ts'
import { createCompleteSignIn } from '../accounts/complete-sign-in.ts'
import { createSignIn, type SignIn } from '../accounts/sign-in.ts'
import { createCsrf, type Csrf } from '../http/csrf.ts'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { createUsers } from '../accounts/users.ts'
import type { Answer, Endpoint } from '../http/exchange.ts'
import type { Database } from '../storage/database.ts'
import { createGuessingGuard } from '../throttling/guessing.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { type Answered, type OAuthDesk, openOAuthDesk } from './oauth-desk.contract.ts'
import type { OAuthServerOptions } from './server.ts'

export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
/** RFC 7636, appendix B. */
export const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
export const password = 'kfwzqpxmvj'

export type Fields = Readonly<Record<string, string | readonly string[] | null>>

/** A client of the desk, with what it needs to ask. */
export interface AskingClient {
  readonly id: string
  readonly secret: string | null
  readonly redirectUri: string
}

/** An authorization server, a page to sign in, and browsers. */
export interface AuthorizeDesk extends OAuthDesk {
  readonly csrf: Csrf
  readonly login: SignIn
  readonly authorize: { readonly GET: Endpoint; readonly POST: Endpoint }
  /** Confidential: `https://app.example/cb`, and what is given. */
  readonly addWeb: (
    metadata?: ClientMetadata,
    more?: { readonly grantTypes?: readonly string[] },
  ) => Promise<AskingClient>
  /** Public: `http://127.0.0.1/cb`. */
  readonly addSpa: (metadata?: ClientMetadata) => Promise<AskingClient>
  /** Adds a user who can sign in with `password`. The id of it. */
  readonly addPerson: (username: string) => Promise<string>
  /** A browser that this user is signed in to. */
  readonly browserOf: (userId: string) => Promise<FakeBrowser>
  /** Asks for an authorization: a good request, but for what is given; `null` leaves a parameter out. */
  readonly ask: (browser: FakeBrowser, client: AskingClient, fields?: Fields) => Promise<Answer>
  /** Presses a button of a consent page, and has the answer remembered where that is offered, with other fields than it has where they are given; `null` leaves one out. */
  readonly decide: (
    browser: FakeBrowser,
    page: Answer,
    decision?: 'allow' | 'deny' | 'choose' | 'chosen',
    fields?: Fields,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>
  /** Asks, allows, and gives the code. */
  readonly codeFor: (browser: FakeBrowser, client: AskingClient, fields?: Fields) => Promise<string>
  /** Trades a code, as the client. */
  readonly redeem: (client: AskingClient, code: string, fields?: Fields) => Promise<Answered>
}

export async function openAuthorizeDesk(
  options: Partial<OAuthServerOptions> = {},
  at?: { readonly database: Database; readonly time: { now: number } },
): Promise<AuthorizeDesk> {
  const csrf = createCsrf({ key: randomBytes(32) })
  const desk = await openOAuthDesk({ scopes, csrf, ...options }, at)
  const { database, time, sessions, server } = desk
  const clock = (): number => time.now
  const passwords = createPasswords({ database, clock, hasher, guard: createGuessingGuard({ clock }) })
  const users = createUsers({ database, clock, hasher })
  const login = createSignIn({
    passwords,
    sessions,
    completion: createCompleteSignIn({ sessions, csrf }),
    csrf,
    clock,
    home: '/home/',
    formTargets: server.signInTargets,
  })
  const { GET, POST } = server.routes.find(({ path }) => path === '/o/authorize/')?.methods ?? {}
  if (GET === undefined || POST === undefined) throw new TypeError('There is no authorization endpoint.')
  const authorize = { GET, POST }

  const ask: AuthorizeDesk['ask'] = async (browser, client, fields = {}) =>
    browser.get(GET, `/o/authorize/?${queryOf({ ...goodRequest(client), ...fields })}`)

  const decide: AuthorizeDesk['decide'] = async (browser, page, decision = 'allow', fields = {}, headers = {}) => {
    const ticked = page.body.includes('id="remember-consent"') && decision === 'allow' ? { remember_consent: '1' } : {}
    const body = queryOf({ ...hiddenFields(page), ...ticked, decision, ...fields })
    return browser.post(POST, {}, { url: '/o/authorize/', body, headers })
  }

  const codeFor: AuthorizeDesk['codeFor'] = async (browser, client, fields = {}) => {
    const page = await ask(browser, client, fields)
    const answer = page.status === 200 ? await decide(browser, page) : page
    return saidIn(answer).get('code') ?? ''
  }

  return {
    ...desk,
    csrf,
    login,
    authorize,
    ask,
    decide,
    codeFor,
    addWeb: async (metadata = {}, { grantTypes = ['authorization_code', 'refresh_token'] } = {}) => {
      const redirectUris = ['https://app.example/cb', 'https://app.example/other?a=b']
      const all = { redirectUris, ...metadata }
      const client = await desk.addClient({ grantTypes, scopes: Object.keys(options.scopes ?? scopes), metadata: all })
      return { ...client, redirectUri: all.redirectUris[0] ?? '' }
    },
    addSpa: async (metadata = {}) => {
      const all = { redirectUris: ['http://127.0.0.1/cb'], ...metadata }
      const grantTypes = ['authorization_code', 'refresh_token']
      const { id } = await desk.addClient({
        grantTypes,
        scopes: Object.keys(options.scopes ?? scopes),
        metadata: all,
        isPublic: true,
      })
      return { id, secret: null, redirectUri: all.redirectUris[0] ?? '' }
    },
    addPerson: async (username) => (await users.create({ username, password })).id,
    browserOf: async (userId) => {
      const browser = fakeBrowser()
      const { value } = await sessions.create({ userId })
      browser.cookies.set(sessions.cookieName, value)
      return browser
    },
    redeem: async ({ id, secret, redirectUri }, code, fields = {}) =>
      desk.post(
        '/o/token/',
        queryOf({
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          code_verifier: verifier,
          client_id: id,
          client_secret: secret,
          ...fields,
        }),
      ),
    close: async () => {
      await passwords.close()
      await desk.close()
    },
  }
}

const scopes = {
  openid: 'Know who you are',
  profile: 'See your name',
  email: 'See your e-mail address',
  offline_access: 'Keep access while you are away',
  read: 'Read your data',
  write: 'Change your data',
}

const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })

export function goodRequest({ id, redirectUri }: AskingClient): Fields {
  return {
    response_type: 'code',
    client_id: id,
    redirect_uri: redirectUri,
    scope: 'openid read',
    state: 'af0ifjsldkj',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
}

/** What an answer says to the client, by query or fragment. */
export function saidIn(answer: Answer): URLSearchParams {
  const location = headerOf(answer, 'location') ?? ''
  const mark = location.search(/[?#]/)
  return new URLSearchParams(mark === -1 ? '' : location.slice(mark + 1).replace(/^.*#/, ''))
}

/** The hidden fields of the form of a page. */
export function hiddenFields({ body }: Answer): Record<string, string | readonly string[]> {
  const fields: Record<string, string[]> = {}
  for (const [, name = '', value = ''] of body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    ;(fields[unescaped(name)] ??= []).push(unescaped(value))
  }
  return fields
}

export function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

export function queryOf(fields: Fields): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) for (const one of [value ?? []].flat()) query.append(name, one)
  return query.toString()
}

export function challengeOf(text: string): string {
  return hash('sha256', text, 'base64url')
}
