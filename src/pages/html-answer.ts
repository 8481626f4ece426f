import type { Answer } from '../http/exchange.ts'

export interface HtmlAnswerOptions {
  /** The status (200). */
  readonly status?: number
  /** Headers beside those of every page (none). */
  readonly headers?: Answer['headers']
  /** Whether the site is reached by https (true). Without, browsers are not told to insist on it. */
  readonly secure?: boolean
}

/**
 * A page as an answer, with what keeps it safe in a browser: nothing is loaded but from this site, nothing runs or is styled
 * inline, nobody frames it, no cache keeps it. The referrer goes to this site alone: there it proves where a form came from.
 */
export function htmlAnswer(body: string, options: HtmlAnswerOptions = {}): Answer {
  const { status = 200, headers = [], secure = true } = options
  return { status, headers: [...pageHeaders, ...(secure ? [insistOnHttps] : []), ...headers], body }
}

/** OWASP ASVS 5.0, section 3.4. */
const pageHeaders: Answer['headers'] = [
  ['content-type', 'text/html; charset=utf-8'],
  ['cache-control', 'no-store'],
  [
    'content-security-policy',
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  ],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'same-origin'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
]

/** A year (RFC 6797, section 6.1). Sub-domains may be others' sites: that is for whoever runs them to add. */
const insistOnHttps = ['strict-transport-security', 'max-age=31536000'] as const
