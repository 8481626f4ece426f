import { randomBytes } from 'node:crypto'
import type { UserRecord } from '../accounts/user-record.ts'
import type { Instance } from '../server/instance.ts'
import type { ServiceAccountRecord } from '../tokens/service-accounts.ts'

/** A user of a test, with the password that they sign in with. */
export interface TestUser extends UserRecord {
  readonly kind: 'user'
  readonly password: string
}

export interface TestServiceAccount extends ServiceAccountRecord {
  readonly kind: 'service_account'
}

export type CredentialKind = 'session' | 'basic' | 'token' | 'jwt' | 'apiKey'

export interface CredentialOptions {
  /** What an API key may do (nothing). */
  readonly scopes?: readonly string[]
  /** Whether the CSRF token of a session comes along (true). */
  readonly csrf?: boolean
}

/** A credential that was really made. */
export interface TestCredential {
  /** What a request has to carry. Some, such as the CSRF token, matter for unsafe methods only. */
  readonly headers: Readonly<Record<string, string>>
  /** Signs out: ends a session. Other credentials stay what they are. */
  readonly end: () => Promise<void>
}

/** Makes a credential, as the server would have given it to whoever signs in. */
export async function makeCredential(
  instance: Instance,
  who: TestUser | TestServiceAccount,
  kind: CredentialKind = who.kind === 'user' ? 'session' : 'apiKey',
  { scopes = [], csrf = true }: CredentialOptions = {},
): Promise<TestCredential> {
  if (kind === 'token') {
    const { text } = await instance.apiTokens.issue({ owner: who, name: 'test' })
    return lasting({ authorization: `${instance.settings.tokenKeyword} ${text}` })
  }
  if (kind === 'apiKey') {
    const { key } = await instance.apiKeys.create({
      owner: who,
      name: `test ${randomBytes(4).toString('hex')}`,
      scopes,
    })
    return lasting({ 'x-api-key': key })
  }
  if (who.kind !== 'user') throw new TypeError(`as: a service account has tokens and API keys, no ${kind}.`)
  if (kind === 'basic') {
    return lasting({ authorization: `Basic ${Buffer.from(`${who.username}:${who.password}`).toString('base64')}` })
  }
  if (kind === 'jwt') {
    const user = await instance.usersByName.find(who.username)
    if (user === null) throw new TypeError(`as: ${who.username} is not an active user any more.`)
    const { access } = await instance.pairs.obtain(user)
    return lasting({ authorization: `Bearer ${access}` })
  }
  return session(instance, who, csrf)
}

function lasting(headers: Readonly<Record<string, string>>): TestCredential {
  return { headers, end: async () => undefined }
}

async function session(
  { sessions, csrf, settings }: Instance,
  who: TestUser,
  isWhole: boolean,
): Promise<TestCredential> {
  const { value, id, csrfToken } = await sessions.create({ userId: who.id })
  return {
    headers: {
      cookie: `${sessions.cookieName}=${value}`,
      ...(isWhole ? { [csrf.headerName]: csrfToken } : {}),
      // Over https a browser says where it comes from, and has to.
      ...(settings.publicUrl === null ? {} : { origin: new URL(settings.publicUrl).origin }),
    },
    end: async () => {
      await sessions.end(id)
    },
  }
}
