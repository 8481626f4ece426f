import type { Csrf } from '../http/csrf.ts'
import type { Answer } from '../http/exchange.ts'
import { originsOfNext } from '../http/next.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'

/** What pages with forms need that lead on to where somebody wanted to go. */
export interface FormPagesOptions {
  readonly csrf: Csrf
  /** What pages are called, and whether they warn of development mode (Doorward, no). */
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Where to sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Origins beside the own one that `next` may lead to (none). */
  readonly nextOrigins?: readonly string[]
  /** Where else a form may lead in the end, when it leads on to `next`: see `formAction` of `pageHeaders` (nowhere). */
  readonly formTargets?: (next: string) => Promise<readonly string[]>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface AnsweredForm {
  /** The token of the form, which the browser gets in a cookie too. */
  readonly token: string
  /** Where the form leads in the end. */
  readonly next: string
  /** The status (200). */
  readonly status?: number
  /** Headers beside those of every page (none). */
  readonly headers?: Answer['headers']
}

/** Answers with the page of a form, and lets it lead where it has to. */
export type FormAnswer = (body: string, form: AnsweredForm) => Promise<Answer>

export interface FormAnswerOptions extends Pick<FormPagesOptions, 'secure' | 'formTargets'> {
  readonly csrf: Pick<Csrf, 'cookie'>
  /** Whether its pages may be on the way of a sign-in in a popup: see `pageHeaders` (false). */
  readonly keepsOpener?: boolean
}

export function createFormAnswer(options: FormAnswerOptions): FormAnswer {
  const { csrf, secure = true, formTargets = async () => [], keepsOpener = false } = options
  return async (body, { token, next, status = 200, headers = [] }) =>
    htmlAnswer(body, {
      status,
      secure,
      keepsOpener,
      formAction: [...originsOfNext(next), ...(await formTargets(next))],
      headers: [['set-cookie', csrf.cookie(token)], ...headers],
    })
}
