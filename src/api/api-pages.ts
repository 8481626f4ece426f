import { html } from 'hono/html'
import type { Auth } from '../core/auth.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { readCookies } from '../http/cookies.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { seeOther } from '../http/see-other.ts'
import { hiddenField } from '../pages/components.ts'
import { consolePage, type NavLink } from '../pages/console.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Markup, Site } from '../pages/layout.ts'
import { admitsStrangers } from './admits-strangers.ts'
import { anchorOf, apiIndexPage } from './api-index-page.ts'
import { type ErrorGroup, errorsPage } from './errors-page.ts'
import { operationId } from './open-api.ts'
import type { Described } from './operation.ts'
import { operationPage, type OperationPage } from './operation-page.ts'
import type { SecurityScheme } from './security-scheme.ts'
import { textIn, tryRequest } from './try-request.ts'

/** A person by a browser session. */
type Signed = Identity & { readonly auth: { readonly id: string } }

export interface ApiPagesOptions<Who extends Signed> {
  /** All that can be asked. It is asked for at each page. */
  readonly all: () => readonly Described[]
  readonly schemes: Readonly<Record<string, SecurityScheme>>
  /** What its errors mean. */
  readonly errors: readonly ErrorGroup[]
  /** Where the server is reached. */
  readonly origin: string
  /** The door, asked for a browser session and nothing else. It checks forms too. */
  readonly door: Pick<Auth<Who>, 'identify'>
  readonly csrf: Csrf
  /** Answers a request as if it had come over the network. */
  readonly dispatch: (request: Exchange) => Promise<Answer>
  /** Whether only who is signed in gets to see the pages (false). */
  readonly isForSignedIn?: boolean
  readonly site?: Site | undefined
  /** Whether browsers reach this site by https. */
  readonly secure: boolean
  /** The parts of the site that somebody may open. */
  readonly areas: (request: Exchange, signed: Who | null) => Promise<readonly NavLink[]>
}

export interface ApiPages {
  /** `/api/`: the list. */
  readonly index: Endpoint
  /** `/api/errors/`: every code of an error, for whoever meets one. */
  readonly errors: Endpoint
  /** `/api/operations/…/`: a page for each, and the form on it. */
  readonly show: Endpoint
  readonly attempt: Endpoint
}

/** The pages of an API: a list, and for each operation all about it, with a form to try it that works without scripts. */
export function createApiPages<Who extends Signed>(options: ApiPagesOptions<Who>): ApiPages {
  const { all, schemes, origin, door, csrf, dispatch, isForSignedIn = false, site, secure } = options

  async function page(
    request: Exchange,
    signed: Who | null,
    { title, content, crumbs = [], problems = [], status = 200 }: Shown,
  ): Promise<Answer> {
    const tags = [...new Set(all().map(({ tag }) => tag))]
    const path = pathOf(request)
    const body = await consolePage({
      site,
      area: 'API',
      areas: await options.areas(request, signed),
      menu: [
        {
          links: [
            { href: '/api/', text: 'All endpoints' },
            { href: '/api/errors/', text: 'Errors' },
          ],
        },
        { heading: 'By subject', links: tags.map((tag) => ({ href: `/api/#${anchorOf(tag)}`, text: tag })) },
      ],
      path,
      title,
      crumbs,
      user: signed === null ? null : signed.principal.name,
      accountPath: '/account/',
      signOutPath: '/accounts/logout/',
      problems,
      content,
    })
    const token = tokenFor(request, signed)
    return htmlAnswer(body, { status, secure, headers: [['set-cookie', csrf.cookie(token)]] })
  }

  /** The token of the session; for a stranger that of their cookie, so that a second page does not end the first. */
  function tokenFor(request: Exchange, signed: Who | null): string {
    if (signed !== null) return csrf.tokenFor(signed.auth.id)
    const known = readCookies(request.headers.get('cookie'), csrf.cookieName).find(csrf.isAnonymousToken)
    return known ?? fresh(request)
  }

  const made = new WeakMap<Exchange, string>()
  function fresh(request: Exchange): string {
    const token = made.get(request) ?? csrf.anonymousToken()
    made.set(request, token)
    return token
  }

  async function operationAt(request: Exchange): Promise<{ one: Described; isOpen: boolean }> {
    const [, id = ''] = /^\/api\/operations\/(\w+)\/?$/.exec(pathOf(request)) ?? []
    const one = all().find((each) => operationId(each) === id)
    if (one === undefined) throw new RequestRefused('not_found')
    return { one, isOpen: await admitsStrangers(one) }
  }

  async function showOperation(
    request: Exchange,
    signed: Who | null,
    more: Pick<OperationPage, 'filled' | 'wrong' | 'tried'>,
  ): Promise<Answer> {
    const { one, isOpen } = await operationAt(request)
    const proof: Markup = html`${hiddenField(csrf.fieldName, tokenFor(request, signed))}`
    const user = signed === null ? null : signed.principal.name
    const content = operationPage({ operation: one, origin, isOpen, schemes, user, proof, ...more })
    const problems = Object.entries(more.wrong ?? {}).map(([field, message]) => ({ field, message }))
    return page(request, signed, {
      title: one.summary,
      crumbs: [
        { href: '/api/', text: 'API' },
        { href: `/api/#${anchorOf(one.tag)}`, text: one.tag },
      ],
      content,
      problems,
      ...(problems.length > 0 ? { status: 400 } : {}),
    })
  }

  /** Who is signed in, and `null` for a stranger, or a redirect where strangers are not to see it. */
  function seen(work: (request: Exchange, signed: Who | null) => Promise<Answer>): Endpoint {
    return async (request) => {
      const signed = await door.identify(request)
      if (signed !== null || !isForSignedIn) return work(request, signed)
      const next = new URLSearchParams({ next: pathOf(request) }).toString()
      return seeOther(`/accounts/login/?${next}`)
    }
  }

  return {
    errors: seen(async (request, signed) =>
      page(request, signed, {
        title: 'Errors',
        crumbs: [{ href: '/api/', text: 'API' }],
        content: errorsPage(options.errors),
      }),
    ),
    index: seen(async (request, signed) => page(request, signed, { title: 'API', content: apiIndexPage(all()) })),
    show: seen(async (request, signed) => showOperation(request, signed, { filled: null })),
    attempt: seen(async (request, signed) => {
      if (signed === null) await csrf.checkAnonymous(request)
      const { one } = await operationAt(request)
      const fields = await parseBody(request.headers.get('content-type'), await request.body())
      const filled = (name: string): string => textIn(fields, name)
      const session = signed === null ? null : { headerName: csrf.headerName, token: csrf.tokenFor(signed.auth.id) }
      const tried = tryOf(request, fields, one, { schemes, session })
      if ('wrong' in tried) return showOperation(request, signed, { filled, wrong: tried.wrong })
      const answer = await dispatch(tried.request)
      const line = `${one.method} ${tried.request.url}`
      return showOperation(request, signed, { filled, tried: { line, answer } })
    }),
  }
}

interface Shown {
  readonly title: string
  readonly content: Markup
  readonly crumbs?: readonly NavLink[]
  readonly problems?: readonly { readonly field: string; readonly message: string }[]
  readonly status?: number
}

/** The request to be tried, or what is wrong with the form. */
function tryOf(
  ...given: [request: Exchange, fields: BodyFields, one: Described, options: Parameters<typeof tryRequest>[3]]
): { readonly request: Exchange } | { readonly wrong: Readonly<Record<string, string>> } {
  try {
    return { request: tryRequest(...given) }
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== 'invalid') throw error
    const faults = Object.entries(error.body ?? {}) as [string, readonly string[]][]
    return { wrong: Object.fromEntries(faults.map(([field, [sentence = '']]) => [field, sentence])) }
  }
}

function pathOf({ url }: Exchange): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
}
