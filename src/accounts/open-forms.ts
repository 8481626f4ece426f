import { AuthError } from '../core/errors.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { originsOfNext, safeNext } from '../http/next.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import { anonymousTokenOf } from './anonymous-form.ts'
import { isJson, queryOf, textOf, withFields } from './browser-session.ts'
import { createPageRefusal } from './page-refusal.ts'

export interface OpenFormsOptions {
  readonly csrf: Csrf
  /** What pages are called, and whether they warn of development mode (Doorward, no). */
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Where to sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Where to go in the end where nothing else is asked for (/). */
  readonly home?: string
  /** Origins beside the own one that `next` may lead to (none). */
  readonly nextOrigins?: readonly string[]
  /** Where else a form may lead in the end, when it leads on to `next`: see `formAction` of `pageHeaders` (nowhere). */
  readonly formTargets?: (next: string) => Promise<readonly string[]>
  /** Whether its pages may be on the way of a sign-in in a popup: see `pageHeaders` (false). */
  readonly keepsOpener?: boolean
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The unseen fields of a form, which show that it is ours and carry what has to survive it. */
export type HiddenFields = readonly (readonly [name: string, value: string])[]

export interface ShownForm {
  /** The status (200). */
  readonly status?: number
  /** Headers beside those of every page (none). */
  readonly headers?: Answer['headers']
  /** Where the browser is to go in the end: it is carried along (home). */
  readonly next?: string
}

/** An address of pages and JSON for people who need not be signed in. */
export interface OpenEndpoint {
  readonly GET: (request: Exchange) => Promise<Answer>
  /** What a form asks for, after it was found to be ours. */
  readonly form: (request: Exchange, fields: BodyFields) => Promise<Answer>
  /** What a script asks for. */
  readonly json: (request: Exchange, fields: BodyFields) => Promise<Answer>
}

/**
 * What pages have in common that anyone may open: to sign up, to get a new password, to open a link of a mail. The token of a
 * form is for no session, so it does not matter who is signed in. JSON needs no token, for browsers send it across sites only
 * where CORS allows it; where they tell where it comes from, that has to be here.
 */
export interface OpenForms {
  readonly show: (
    request: Exchange,
    render: (hidden: HiddenFields) => Promise<string>,
    options?: ShownForm,
  ) => Promise<Answer>
  readonly endpoint: (work: OpenEndpoint) => { readonly GET: Endpoint; readonly POST: Endpoint }
  /** Where the browser is to go in the end, as the query or the form says, where that is safe. */
  readonly nextOf: (request: Exchange, fields?: BodyFields) => string
  /** Leads to another page of this site, with what is to survive in its query. */
  readonly lead: (to: string, query?: Readonly<Record<string, string>>, headers?: Answer['headers']) => Answer
  /** A path with a query, and without where that is empty. */
  readonly withQuery: (path: string, query: Readonly<Record<string, string>>) => string
  /** The part of a query that carries `next`, where it is not home. */
  readonly carry: (next: string) => Readonly<Record<string, string>>
}

export function createOpenForms(options: OpenFormsOptions): OpenForms {
  const { csrf, site = {}, secure = true, signInPath = '/accounts/login/', home = '/', nextOrigins = [] } = options
  const { formTargets = async () => [], keepsOpener = false, clock = Date.now } = options
  const refusal = createPageRefusal({ site, secure, signIn: signInPath, keepsOpener, clock })

  async function orRefusal(request: Exchange, work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      return refusal(request, error)
    }
  }

  return {
    show: async (request, render, { status = 200, headers = [], next = home } = {}) => {
      const token = anonymousTokenOf(request, csrf)
      const body = await render([[csrf.fieldName, token], ...(next === home ? [] : [['next', next] as const])])
      const formAction = [...originsOfNext(next), ...(await formTargets(next))]
      return htmlAnswer(body, {
        status,
        secure,
        formAction,
        keepsOpener,
        headers: [['set-cookie', csrf.cookie(token)], ...headers],
      })
    },

    endpoint: ({ GET, form, json }) => ({
      GET: async (request) => orRefusal(request, async () => GET(request)),
      POST: async (request) => {
        const { headers } = request
        if (isJson(request)) {
          if (headers.get('origin') !== null || headers.get('sec-fetch-site') !== null) csrf.checkOrigin(request)
          return json(request, await parseBody(headers.get('content-type'), await request.body()))
        }
        return orRefusal(request, async () => {
          const fields = await parseBody(headers.get('content-type'), await request.body())
          await csrf.checkAnonymous(withFields(request, fields))
          return form(request, fields)
        })
      },
    }),

    nextOf: (request, fields = {}) =>
      safeNext(textOf(fields, 'next') ?? queryOf(request.url, 'next'), home, nextOrigins),

    lead: (to, query = {}, headers = []) => {
      const location = withQuery(to, query)
      return { status: 303, headers: [['location', location], ['cache-control', 'no-store'], ...headers], body: '' }
    },

    withQuery,

    carry: (next) => (next === home ? {} : { next }),
  }
}

function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString()
  return text === '' ? path : `${path}?${text}`
}
