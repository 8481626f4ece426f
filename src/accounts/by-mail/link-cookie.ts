import { clearCookie, formatCookie, readCookies } from '../../http/cookies.ts'
import type { Answer, Exchange } from '../../http/exchange.ts'
import { seeOther } from '../../http/see-other.ts'
import { queryOf } from '../browser-session.ts'

export interface LinkCookieOptions {
  /** The name of the cookie, before the prefix: one for each kind of link, so that two can be open at once. */
  readonly name: string
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Seconds that it is kept (an hour). */
  readonly lifetime?: number
}

/**
 * Carries the key of a link from its address to a cookie before anything is shown: so it is not in the history of the browser,
 * on a screen that others see, in the log of a proxy's second request, nor in a `Referer`.
 */
export interface LinkCookie {
  /** The answer to a request with `key` in its query: the same page without, and the cookie. `null` where there is no key. */
  readonly moved: (request: Exchange) => Answer | null
  /** The key that the browser carries. */
  readonly read: (request: Exchange) => string
  /** Takes it away. */
  readonly clear: () => readonly [string, string]
  /** Hands a key to the browser that did not come in a link. */
  readonly set: (key: string) => readonly [string, string]
}

export function createLinkCookie({ name, secure = true, lifetime = 3600 }: LinkCookieOptions): LinkCookie {
  const cookie = `${secure ? '__Host-' : ''}${name}`
  const set = (key: string) => ['set-cookie', formatCookie(cookie, key, { secure, maxAge: lifetime })] as const
  return {
    set,
    clear: () => ['set-cookie', clearCookie(cookie, { secure })],
    // Of several, one may have been planted; then the page says that the link does not work.
    read: ({ headers }) => readCookies(headers.get('cookie'), cookie)[0] ?? '',
    moved: ({ url }) => {
      const key = queryOf(url, 'key')
      if (key === null) return null
      const mark = url.indexOf('?')
      const rest = new URLSearchParams(url.slice(mark + 1))
      rest.delete('key')
      const path = url.slice(0, mark)
      const location = rest.size === 0 ? path : `${path}?${rest}`
      // What cannot stand in a cookie is none of our keys.
      const carried = /^\w{1,200}$/.test(key) ? set(key) : set('none')
      return seeOther(location, [['referrer-policy', 'no-referrer'], carried])
    },
  }
}
