import type { AuthRequest } from '../core/request.ts'
import { trimBlanks } from './trim-blanks.ts'

/**
 * Whether the request is the load of a page, so that a refusal may be a page or a redirect to sign in; everything else
 * gets JSON. Browsers say so themselves (`Sec-Fetch-Mode: navigate`); without that header, `Accept` has to name HTML and
 * prefer it: a wildcard alone, as API clients send it, is no wish for a page (RFC 9110, section 12.5.1).
 */
export function wantsHtml(request: AuthRequest): boolean {
  const mode = request.headers.get('sec-fetch-mode')
  if (mode !== null && mode !== 'navigate') return false
  const accept = request.headers.get('accept')
  if (accept === null || accept.length > longest) return mode === 'navigate'
  const { html, json } = preference(accept)
  return mode === 'navigate' ? html > 0 || html >= json : html > 0 && html >= json
}

/** No browser sends more. In characters. */
const longest = 4096

/** The weights of `text/html` and `application/json` where they are named; 0 where not. */
function preference(accept: string): { readonly html: number; readonly json: number } {
  let html = 0
  let json = 0
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => trimBlanks(part).toLowerCase())
    if (type === 'text/html' || type === 'application/xhtml+xml') html = Math.max(html, weight(parameters))
    if (type === 'application/json') json = Math.max(json, weight(parameters))
  }
  return { html, json }
}

/** RFC 9110, section 12.4.2. A weight that is none counts as 0: it asks for nothing. */
function weight(parameters: readonly string[]): number {
  const written = parameters.find((parameter) => parameter.startsWith('q='))
  if (written === undefined) return 1
  return /^q=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(written) ? Number(written.slice(2)) : 0
}
