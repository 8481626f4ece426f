import type { Found } from '../core/authenticator.ts'
import type { User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { readCookies } from '../http/cookies.ts'
import type { BodyFields } from '../http/parse-body.ts'
import type { Exchange } from '../http/exchange.ts'
import type { SessionAuth, Sessions } from './sessions.ts'

/** What a browser's session cookie stands for. */
export interface BrowserSession {
  /** What the cookie holds, `null` where there is none. */
  readonly value: string | null
  /** Whose session it is, `null` where there is none that lives. */
  readonly found: Found<User, SessionAuth> | null
}

/** Looks at the session cookie of a request. Of several, the one whose session lives counts: one may have been planted. */
export async function browserSession(
  request: Pick<AuthRequest, 'headers'>,
  sessions: Pick<Sessions, 'cookieName' | 'find'>,
): Promise<BrowserSession> {
  const values = readCookies(request.headers.get('cookie'), sessions.cookieName)
  for (const value of values.slice(0, 3)) {
    const found = await sessions.find(value)
    if (found !== null) return { value, found }
  }
  return { value: values[0] ?? null, found: null }
}

/** The request with the fields of its body, which is read once: how the token of a form is found in it. */
export function withFields(request: Exchange, fields: BodyFields): AuthRequest {
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    peer: request.peer,
    field: async (name) => textOf(fields, name),
  }
}

/** A field that is a text. */
export function textOf(fields: BodyFields, name: string): string | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : null
  return typeof value === 'string' ? value : null
}

/** A parameter of the query, `null` where it is absent or sent twice. */
export function queryOf(url: string, name: string): string | null {
  const mark = url.indexOf('?')
  if (mark === -1) return null
  const values = new URLSearchParams(url.slice(mark + 1)).getAll(name)
  return values.length === 1 ? (values[0] ?? null) : null
}

/** A body is JSON where it says so. Whatever else a browser can send without asking first is a form, or nothing. */
export function isJson(request: Pick<AuthRequest, 'headers'>): boolean {
  return /^application\/json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')
}
