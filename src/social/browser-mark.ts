import type { AuthRequest } from '../core/request.ts'
import { digest } from '../crypto/digest.ts'
import { randomBase62 } from '../crypto/random.ts'
import { formatCookie, readCookies } from '../http/cookies.ts'

export interface BrowserMarkOptions {
  /** Whether browsers reach this site by https (true). Without, the cookie is not `Secure` and has no `__Host-` prefix. */
  readonly secure?: boolean
  /** The name of the cookie, before the prefix (provider_sign_in). */
  readonly cookieName?: string
}

/** What tells a browser that went to a provider from any other one that comes back. */
export interface BrowserMark {
  readonly value: string
  /** What is stored of it. */
  readonly digest: Uint8Array
}

/** A random value in a cookie, until the browser closes. It says nothing about who is signed in. */
export interface BrowserMarks {
  /** The marks that a request brings; more than one where some were planted. */
  readonly of: (request: Pick<AuthRequest, 'headers'>) => readonly BrowserMark[]
  /** The mark that it brings, or a new one, with the `Set-Cookie` value that hands it over. */
  readonly given: (request: Pick<AuthRequest, 'headers'>) => BrowserMark & { readonly cookie: string }
}

export function createBrowserMarks({
  secure = true,
  cookieName = 'provider_sign_in',
}: BrowserMarkOptions = {}): BrowserMarks {
  const name = `${secure ? '__Host-' : ''}${cookieName}`
  const of: BrowserMarks['of'] = ({ headers }) =>
    readCookies(headers.get('cookie'), name)
      .filter((value) => form.test(value))
      .slice(0, 3)
      .map((value) => ({ value, digest: digest(value) }))

  return {
    of,
    given: (request) => {
      const [known] = of(request)
      const value = known?.value ?? randomBase62(43)
      return { value, digest: digest(value), cookie: formatCookie(name, value, { secure }) }
    },
  }
}

/** 256 bits in base 62. */
const form = /^[0-9A-Za-z]{43}$/
