import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { createSealer } from '../crypto/seal.ts'
import { createCsrf, type Csrf } from '../http/csrf.ts'
import type { Answer } from '../http/exchange.ts'
import { createGuessingGuard } from '../throttling/guessing.ts'
import type { Stage } from '../tokens/databases.contract.ts'
import { createTokenFormat } from '../tokens/format.ts'
import { type FakeBrowser, hiddenIn, type Sending } from './browser.contract.ts'
import { type CompleteSignIn, createCompleteSignIn, type SignInStep } from './complete-sign-in.ts'
import { createPendingSignIns } from './pending-sign-ins.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createRememberedAccounts } from './remembered-accounts.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { createSignIn, type SignIn } from './sign-in.ts'
import { createSignOut, type SignOut } from './sign-out.ts'
import { createUsers, type Users } from './users.ts'

export const csrf: Csrf = createCsrf({ key: randomBytes(32) })
export const right = 'kfwzqpxmvj'
export const session = '__Host-sessionid'

const sealer = createSealer({ secret: randomBytes(32).toString('base64') })
const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })

/** A site with one user, ada, and the endpoints to sign in and out. */
export interface SignInStage extends Stage {
  readonly users: Users
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly login: SignIn
  readonly logout: SignOut
  readonly completion: CompleteSignIn
  /** What is due after a right password: put in what a test needs. */
  readonly steps: SignInStep[]
  readonly ada: string
}

/** Opens such sites on stages, and closes their stores after the suite. */
export function signInStage(stage: () => Promise<Stage>): () => Promise<SignInStage> {
  const stores: { readonly close: () => Promise<void> }[] = []
  after(async () => {
    await Promise.all(stores.map(async (store) => store.close()))
  })
  return async () => {
    const here = await stage()
    const { database, clock } = here
    const sessions = createSessions({ database, format: createTokenFormat(), csrf, clock })
    const passwords = createPasswords({ database, clock, hasher, guard: createGuessingGuard({ clock }) })
    stores.push(sessions, passwords)
    const users = createUsers({ database, clock, hasher })
    const { id } = await users.create({ username: 'ada', email: 'ada@example.org', password: right, isStaff: true })
    const steps: SignInStep[] = []
    const pending = createPendingSignIns({ database, format: createTokenFormat(), clock })
    const completion = createCompleteSignIn({ sessions, csrf, pending, steps })
    const rememberedAccounts = createRememberedAccounts({ sealer, clock })
    const login = createSignIn({ passwords, sessions, completion, csrf, clock, home: '/home/', rememberedAccounts })
    const logout = createSignOut({ sessions, completion, csrf, clock })
    return { ...here, users, sessions, passwords, completion, steps, login, logout, ada: id }
  }
}

/** Opens the page and sends its form. */
export async function signIn(
  browser: FakeBrowser,
  login: SignIn,
  fields: Readonly<Record<string, string>> = {},
  sending: Sending = {},
): Promise<Answer> {
  return sendForm(browser, login, await browser.get(login.GET), fields, sending)
}

/** Sends the form of a page. */
export async function sendForm(
  browser: FakeBrowser,
  login: SignIn,
  page: Answer,
  fields: Readonly<Record<string, string>> = {},
  sending: Sending = {},
): Promise<Answer> {
  const csrfmiddlewaretoken = hiddenIn(page, 'csrfmiddlewaretoken')
  return browser.post(login.POST, { csrfmiddlewaretoken, username: 'ada', password: right, ...fields }, sending)
}

/** A request with a JSON body. */
export function json(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Sending & { headers: Record<string, string> } {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
}
