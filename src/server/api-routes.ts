import { createApiPages } from '../api/api-pages.ts'
import { openApi, type OpenApiDocument } from '../api/open-api.ts'
import type { Described } from '../api/operation.ts'
import type { Auth } from '../core/auth.ts'
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { wantsHtml } from '../http/negotiate.ts'
import { published } from '../http/published.ts'
import { consolePage } from '../pages/console.ts'
import { errorPage } from '../pages/error.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import { isAuthenticated } from '../permissions/is-authenticated.ts'
import { addressesOf } from './addresses.ts'
import type { Consoles } from './consoles.ts'
import { explainedErrors } from './explained-errors.ts'
import { homePage } from './home-page.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'
import { securitySchemes } from './security-schemes.ts'

export interface ApiRoutesOptions {
  readonly auth: Pick<Auth, 'require'>
  readonly consoles: Consoles
  /** All that can be asked of this server, once all its routes are there. */
  readonly all: () => readonly Described[]
  /** Answers a request as if it had come over the network. */
  readonly dispatch: (request: Exchange) => Promise<Answer>
}

/** What this server says of itself: `/api/openapi.json`, and the pages under `/api/`. */
export function apiRoutes(instance: Instance, { auth, consoles, all, dispatch }: ApiRoutesOptions): readonly Route[] {
  const { settings, csrf } = instance
  if (settings.apiPages === 'off') return []
  const isForSignedIn = settings.apiPages === 'signed-in'
  const schemes = securitySchemes(instance)
  const origin = addressesOf(settings)[0] ?? ''
  const { door, site, secure } = consoles.basics
  const pages = createApiPages({
    all,
    schemes,
    errors: explainedErrors(),
    origin,
    door,
    csrf,
    dispatch,
    isForSignedIn,
    site,
    secure,
    areas: consoles.areas,
  })
  let document: Promise<OpenApiDocument> | undefined

  return [
    { path: '/api/', methods: { GET: pages.index } },
    { path: '/api/errors/', methods: { GET: pages.errors } },
    { path: '/api/operations/', takesPathsBelow: true, methods: { GET: pages.show, POST: pages.attempt } },
    {
      path: '/api/openapi.json',
      ...(isForSignedIn ? { guard: async (request: Exchange) => auth.require(request, isAuthenticated) } : {}),
      methods: {
        GET: async (request) => {
          document ??= openApi(all(), { title: 'Doorward', version: '1', servers: [origin], securitySchemes: schemes })
          const written = await document
          if (!isForSignedIn) return published(() => written, { maxAge: 300 })(request)
          return jsonAnswer(written)
        },
      },
    },
  ]
}

/** What a browser gets at an address where there is nothing: a page with a way on. Programs get JSON, as everywhere. */
export function strayPage({
  basics: { site, secure, clock },
}: Consoles): (request: Exchange) => Promise<Answer> | null {
  async function page(request: Exchange): Promise<Answer> {
    const requestId = request.requestId ?? null
    const link = { href: '/', text: 'What is here' }
    const body = await errorPage({ site, status: 404, code: 'not_found', requestId, time: clock(), link })
    return htmlAnswer(body, { status: 404, secure })
  }
  return (request) => (request.method === 'GET' && wantsHtml(request) ? page(request) : null)
}

/** `/` of a server that has nothing else there: what is here, for whoever asks. */
export function homeRoute({ basics: { door, site, secure }, areas }: Consoles): Route {
  return {
    path: '/',
    methods: {
      GET: async (request) => {
        const signed = await door.identify(request)
        const links = await areas(request, signed)
        const body = await consolePage({
          site,
          area: 'Overview',
          areas: links,
          menu: [{ links: [{ href: '/', text: 'Overview' }, ...links] }],
          path: '/',
          title: 'Overview',
          user: signed === null ? null : signed.principal.name,
          accountPath: '/account/',
          signOutPath: '/accounts/logout/',
          content: homePage({ areas: links, isSignedIn: signed !== null }),
        })
        return htmlAnswer(body, { secure })
      },
    },
  }
}
