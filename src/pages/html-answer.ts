import type { Answer } from '../http/exchange.ts'
import { pageHeaders } from '../http/security-headers.ts'

export interface HtmlAnswerOptions {
  /** The status (200). */
  readonly status?: number
  /** Headers beside those of every page (none). */
  readonly headers?: Answer['headers']
  /** Origins and schemes beside the own origin that its forms may lead to: see `pageHeaders` (none). */
  readonly formAction?: readonly string[]
  /** Origins whose pages stand in frames of this one (none). */
  readonly frames?: readonly string[]
  /** Whether it may be on the way of a sign-in that an application does in a popup: see `pageHeaders` (false). */
  readonly keepsOpener?: boolean
  /** Whether the site is reached by https (true). Without, browsers are not told to insist on it. */
  readonly secure?: boolean
}

/** A page as an answer, with the headers that keep it safe in a browser. */
export function htmlAnswer(
  body: string,
  {
    status = 200,
    headers = [],
    secure = true,
    formAction = [],
    frames = [],
    keepsOpener = false,
  }: HtmlAnswerOptions = {},
): Answer {
  const always = pageHeaders({ https: secure, scripts: true, formAction, frames, keepsOpener })
  return { status, headers: [...always, ...headers], body }
}
