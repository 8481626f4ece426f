import { AuthError, Throttled } from '../core/errors.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { errorPage } from '../pages/error.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import { tooManyPage } from '../pages/too-many.ts'

export interface PageRefusalOptions {
  /** What pages are called (Doorward). */
  readonly site?: Site | undefined
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean | undefined
  /** Where to sign in (/accounts/login/). */
  readonly signIn?: string | undefined
  /** Other ways in, for whoever tried too often (none). */
  readonly ways?: Parameters<typeof tooManyPage>[0]['ways']
  /** The way on from a refusal that can be mended (to where one signs in). */
  readonly back?: { readonly href: string; readonly text: string } | undefined
  /** What to do about it (what `errorPage` says of the status); `null`: the message says it. */
  readonly todo?: string | null | undefined
  /** Whether it may be on the way of a sign-in in a popup: see `pageHeaders` (false). */
  readonly keepsOpener?: boolean | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: (() => number) | undefined
}

/** Writes a refusal as a page for people: what happened, what to do, and what to quote. */
export type PageRefusal = (request: Pick<Exchange, 'requestId'>, error: AuthError) => Promise<Answer>

/** Too many tries have a page of their own. The causes of errors stay in the log. */
export function createPageRefusal(options: PageRefusalOptions = {}): PageRefusal {
  const { site = {}, secure = true, signIn = '/accounts/login/', keepsOpener = false, clock = Date.now } = options
  const { back = { href: signIn, text: 'Back to sign in' }, todo, ways = [] } = options
  return async ({ requestId = null }, error) => {
    const { status, code, message } = error
    const time = clock()
    const body =
      error instanceof Throttled
        ? await tooManyPage({ site, wait: error.wait, code, again: signIn, ways, requestId, time })
        : await errorPage({ site, status, code, detail: message, todo, requestId, time, link: linkFor(error, back) })
    return htmlAnswer(body, { status, headers: Object.entries(error.headers ?? {}), secure, keepsOpener })
  }
}

/** An endpoint for people: what is refused is a page. */
export function forPeople(refusal: PageRefusal, work: Endpoint): Endpoint {
  return async (request) => {
    try {
      return await work(request)
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      return refusal(request, error)
    }
  }
}

/** What a form was refused for is mended by opening it anew. */
function linkFor({ status }: AuthError, back: Back): Back | null {
  return status < 500 && status !== 404 ? back : null
}

type Back = NonNullable<PageRefusalOptions['back']>
