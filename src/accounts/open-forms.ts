import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { safeNext } from '../http/next.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { seeOther } from '../http/see-other.ts'
import { withQuery } from '../http/with-query.ts'
import { type NoticePage, noticePage } from '../pages/notice.ts'
import { anonymousTokenOf, checkScript } from './anonymous-form.ts'
import { isJson, queryOf, textOf, withFields } from './browser-session.ts'
import { createFormAnswer, type FormPagesOptions } from './form-answer.ts'
import { createPageRefusal, forPeople } from './page-refusal.ts'

export interface OpenFormsOptions extends FormPagesOptions {
  /** Where to go in the end where nothing else is asked for (/). */
  readonly home?: string
  /** Whether its pages may be on the way of a sign-in in a popup: see `pageHeaders` (false). */
  readonly keepsOpener?: boolean
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
  /** Shows what happened, and where to go on. */
  readonly notice: (request: Exchange, page: Omit<NoticePage, 'site'>, options?: ShownForm) => Promise<Answer>
  readonly endpoint: (work: OpenEndpoint) => { readonly GET: Endpoint; readonly POST: Endpoint }
  /** Where the browser is to go in the end, as the query or the form says, where that is safe. */
  readonly nextOf: (request: Exchange, fields?: BodyFields) => string
  /** Leads to another page of this site, with what is to survive in its query. */
  readonly lead: (to: string, query?: Readonly<Record<string, string>>, headers?: Answer['headers']) => Answer
  /** The part of a query that carries `next`, where it is not home. */
  readonly carry: (next: string) => Readonly<Record<string, string>>
}

export function createOpenForms(options: OpenFormsOptions): OpenForms {
  const { csrf, site = {}, secure = true, signInPath = '/accounts/login/', home = '/', nextOrigins = [] } = options
  const { keepsOpener = false, clock = Date.now } = options
  const formAnswer = createFormAnswer(options)
  const refusal = createPageRefusal({ site, secure, signIn: signInPath, keepsOpener, clock })

  const show: OpenForms['show'] = async (request, render, { status = 200, headers = [], next = home } = {}) => {
    const token = anonymousTokenOf(request, csrf)
    const body = await render([[csrf.fieldName, token], ...(next === home ? [] : [['next', next] as const])])
    return formAnswer(body, { token, next, status, headers })
  }

  return {
    show,
    notice: async (request, page, options) => show(request, async () => noticePage({ site, ...page }), options),

    endpoint: ({ GET, form, json }) => {
      const fromForm = forPeople(refusal, async (request) => {
        const fields = await parseBody(request.headers.get('content-type'), await request.body())
        await csrf.checkAnonymous(withFields(request, fields))
        return form(request, fields)
      })
      return {
        GET: forPeople(refusal, GET),
        POST: async (request) => {
          if (!isJson(request)) return fromForm(request)
          checkScript(request, csrf)
          return json(request, await parseBody(request.headers.get('content-type'), await request.body()))
        },
      }
    },

    nextOf: (request, fields = {}) =>
      safeNext(textOf(fields, 'next') ?? queryOf(request.url, 'next'), home, nextOrigins),

    lead: (to, query = {}, headers = []) => seeOther(withQuery(to, query), headers),

    carry: (next) => (next === home ? {} : { next }),
  }
}
