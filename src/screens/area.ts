import { html } from 'hono/html'
import type { Auth } from '../core/auth.ts'
import { AuthError, NotAuthenticated, PermissionDenied, RequestRefused } from '../core/errors.ts'
import { isFreshProof } from '../core/fresh-proof.ts'
import type { Permission } from '../core/permission.ts'
import type { ActingAs } from '../accounts/acting.ts'
import { createPageRefusal } from '../accounts/page-refusal.ts'
import { randomBase62 } from '../crypto/random.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Answer, Endpoint, Exchange } from '../http/exchange.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { hiddenField } from '../pages/components.ts'
import { consolePage, type NavGroup, type NavLink } from '../pages/console.ts'
import { postForm } from '../pages/forms.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Markup, Site } from '../pages/layout.ts'
import type { Consumed } from '../storage/consumed.ts'
import { actorOf } from '../tokens/owner.ts'
import type { FormPlace, KeptForms } from './kept-form.ts'
import type { Messages } from './message.ts'
import { type PathPattern, pathPattern } from './path-pattern.ts'
import type { Action, Leave, Outcome, Posted, Screen, Signed, View, Visit } from './screen.ts'

/** What all areas share. */
export interface AreaBasics {
  /** The door, asked for a browser session and nothing else. It checks forms too. */
  readonly door: Pick<Auth<Signed>, 'identify' | 'require' | 'refusal' | 'headers'>
  readonly csrf: Csrf
  readonly messages: Messages
  /** Forms that wait until their sender has proved again who they are (what was typed is lost then). */
  readonly kept?: KeptForms
  /** Forms that may be sent once. */
  readonly consumed: Pick<Consumed, 'spend'>
  readonly site?: Site | undefined
  /** Whether browsers reach this site by https. */
  readonly secure: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Where to sign in (/accounts/login/), out (/accounts/logout/), and prove again who one is (/accounts/confirm/). */
  readonly signInPath?: string
  readonly signOutPath?: string
  readonly confirmPath?: string
  /** Where one's own account is (/account/). */
  readonly accountPath?: string
  /** For how many seconds a proof is fresh (600). */
  readonly fresh?: number
  /** The parts of the site that this person may open. */
  readonly areas: (request: Exchange, signed: Signed) => Promise<readonly NavLink[]>
  /** What stands above every page of theirs (nothing). */
  readonly banner?: (visit: Visit) => Promise<Markup | ''>
  /** As whom a superuser acts, `null` for nobody (nobody ever does). */
  readonly actingAs?: (signed: Signed) => Promise<ActingAs | null>
}

export interface AreaOptions extends AreaBasics {
  /** Such as `/admin/`. */
  readonly path: string
  /** What it is called, in the row of areas too. */
  readonly name: string
  /** Who may open it. */
  readonly permission: Permission
  /** In the order of the menu. */
  readonly screens: readonly Screen[]
  /** Whether a superuser who acts as somebody sees it as they do (false: they are themselves here). */
  readonly isActedIn?: boolean
}

/** A part of the site with its screens, as a route that takes all paths below it. */
export interface Area {
  readonly path: string
  readonly takesPathsBelow: true
  readonly uploads: Readonly<Record<string, number>>
  readonly methods: { readonly GET: Endpoint; readonly POST: Endpoint }
}

/**
 * Answers the requests of a console. Who is not signed in is led to do so and back; who may not reads what they lack. Every
 * POST is a form of ours, of this session; what is sensitive asks for a fresh proof first. Throws `TypeError` where two
 * screens have one path.
 */
export function createArea(options: AreaOptions): Area {
  const { door, csrf, messages, kept, consumed, site, secure, clock, path, name, permission, screens } = options
  const { signInPath = '/accounts/login/', signOutPath = '/accounts/logout/', accountPath = '/account/' } = options
  const { confirmPath = '/accounts/confirm/', fresh = 600 } = options
  refuseDoubled(screens)
  const table = screens
    .toSorted((a, b) => namesIn(a.path) - namesIn(b.path))
    .map((screen) => ({ screen, match: pathPattern(`${path}${screen.path}`) }))
  const back = { href: path, text: `Back to ${name}` }
  const refusal = createPageRefusal({ site, secure, clock, back })
  const refusalOfArea = createPageRefusal({ site, secure, clock, back: { href: accountPath, text: 'Your account' } })

  async function answer(request: Exchange, work: (screen: Screen, visit: Visit) => Promise<Answer>): Promise<Answer> {
    let isInside = true
    try {
      const signed = await door.identify(request)
      if (signed === null) return toSignIn(request)
      const acting = (await options.actingAs?.(signed)) ?? null
      const asWhom = acting !== null && options.isActedIn === true ? { ...signed, principal: acting.user } : signed
      isInside = false
      await need(request, asWhom, signed, permission)
      isInside = true
      const { pathname, query } = partsOf(request.url)
      // Databases refuse it, and no address of ours has it.
      if ([...query].some((pair) => pair.join('').includes('\0'))) throw new RequestRefused('invalid_request', noNul)
      const { screen, params } = find(table, pathname)
      if (screen.permission !== undefined) await need(request, asWhom, signed, screen.permission)
      const onPage = { params, query, path: pathname.endsWith('/') ? pathname : `${pathname}/`, acting }
      const visit = visitOf(request, asWhom, signed, onPage)
      if (asWhom !== signed && screen.isSensitive === true) throw notWhileActing()
      return await work(screen, visit)
    } catch (error) {
      if (error instanceof NotAuthenticated) return toSignIn(request)
      if (!(error instanceof AuthError)) throw error
      return isInside ? refusal(request, error) : refusalOfArea(request, error)
    }
  }

  /** Whoever acts as somebody may do what they may, and no more: the door knows only who is signed in. */
  async function need(request: Exchange, asWhom: Signed, signed: Signed | null, asked: Permission): Promise<void> {
    if (asWhom === signed) await door.require(request, asked)
    else if (!(await asked({ request, identity: asWhom, resource: undefined }))) throw new PermissionDenied()
  }

  function visitOf(
    request: Exchange,
    asWhom: Signed,
    signed: Signed,
    onPage: Pick<Visit, 'params' | 'query' | 'path' | 'acting'>,
  ): Visit {
    const form = hiddenField(csrf.fieldName, csrf.tokenFor(signed.auth.id))
    const { address, requestId = null } = request
    const actingAs = asWhom === signed ? {} : { actingAs: actorOf(asWhom.principal) }
    return {
      ...onPage,
      request,
      signed: asWhom,
      user: asWhom.principal,
      form,
      get onceForm() {
        return html`${form}${hiddenField(onceField, randomBase62(22))}`
      },
      by: { actor: actorOf(signed.principal), ...actingAs, address, requestId },
    }
  }

  async function show(visit: Visit, view: View, message: string | null = null): Promise<Answer> {
    const { title, content, problems = [], crumbs = [], tabs = [], headers = [] } = view
    const page = await consolePage({
      site,
      area: name,
      areas: await options.areas(visit.request, visit.signed),
      menu: await menuFor(visit),
      path: visit.path,
      title,
      crumbs,
      tabs,
      user: visit.user.name,
      accountPath,
      signOutPath,
      banner: (await options.banner?.(visit)) ?? '',
      message,
      problems,
      content,
    })
    const cookies = [
      ['set-cookie', csrf.cookie(csrf.tokenFor(visit.signed.auth.id))],
      ...(message === null ? [] : [['set-cookie', messages.clear()] as const]),
    ] as const
    const status = view.status ?? (problems.length > 0 ? 400 : 200)
    return htmlAnswer(page, { status, secure, headers: [...cookies, ...headers] })
  }

  /** The links of the screens that this person may open. */
  async function menuFor({ request, signed }: Visit): Promise<readonly NavGroup[]> {
    const groups = new Map<string, NavLink[]>()
    for (const screen of screens) {
      if (screen.menu === undefined || !(await allows(screen.permission, request, signed))) continue
      const { text, group = '' } = screen.menu
      groups.set(group, [...(groups.get(group) ?? []), { href: `${path}${screen.path}`, text }])
    }
    return [...groups].map(([heading, links]) => (heading === '' ? { links } : { heading, links }))
  }

  async function act(screen: Screen, visit: Visit): Promise<Answer> {
    const { request } = visit
    const sent = await parseBody(request.headers.get('content-type'), await request.body(), request)
    const waited = textIn(sent, keptField) === '' ? null : (kept?.read(request, placeOf(visit)) ?? null)
    const fields = waited ?? sent
    const action = screen.actions?.[textIn(fields, 'action')]
    if (action === undefined || !Object.hasOwn(screen.actions ?? {}, textIn(fields, 'action'))) {
      throw new RequestRefused('invalid_request', 'This page has no such action.')
    }
    const isActed = visit.acting !== null && options.isActedIn === true
    if (isActed && (action.isForActing !== true || action.isSensitive === true)) throw notWhileActing()
    if (action.permission !== undefined)
      await need(request, visit.signed, isActed ? null : visit.signed, action.permission)
    if (isStale(visit, screen, action)) return toConfirm(visit, fields)
    if (action.isOnce === true) await spendForm(visit, fields)
    const posted: Posted = { ...visit, fields, text: (field) => textIn(fields, field).trim() }
    const done = await finish(visit, await action.run(posted))
    return waited === null || kept === undefined ? done : withCookie(done, kept.clear())
  }

  async function finish(visit: Visit, outcome: Outcome): Promise<Answer> {
    if ('body' in outcome) return outcome
    if ('title' in outcome) return show(visit, outcome)
    return redirect(outcome)
  }

  function redirect({ to, message, headers = [] }: Leave): Answer {
    const carried = message === undefined ? [] : [['set-cookie', messages.carry(message)] as const]
    return { status: 303, headers: [['location', to], ['cache-control', 'no-store'], ...carried, ...headers], body: '' }
  }

  function isStale(
    visit: Visit,
    ...asks: readonly (Pick<Screen, 'isSensitive'> | Pick<Action, 'isSensitive'>)[]
  ): boolean {
    if (!asks.some(({ isSensitive }) => isSensitive === true)) return false
    return !isFreshProof(visit.signed.auth, { now: clock(), within: fresh })
  }

  /** What was typed into a form waits until the page is opened again after the proof. */
  function toConfirm(visit: Visit, fields: BodyFields = {}): Answer {
    const glue = confirmPath.includes('?') ? '&' : '?'
    const led = redirect({ to: `${confirmPath}${glue}${new URLSearchParams({ next: placeOf(visit).page })}` })
    const texts = Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    const typed = Object.fromEntries(texts.filter(([name]) => name !== csrf.fieldName))
    const cookie = texts.length === 0 ? null : (kept?.keep(placeOf(visit), typed) ?? null)
    return cookie === null ? led : withCookie(led, cookie)
  }

  /** Asks whether to go on with what was sent before the proof. */
  function goOn(visit: Visit, fields: Readonly<Record<string, string>>): View {
    const { page } = placeOf(visit)
    return {
      title: 'Go on with what you began?',
      content: html`<p>
          You have confirmed that it is you. What you had sent is still here, and nothing of it is done yet.
        </p>
        ${postForm({
          to: page,
          proof: visit.form,
          action: fields['action'] ?? '',
          fields: { [keptField]: 'yes' },
          button: 'Go on',
          cancel: `${page}${visit.query.size === 0 ? '?' : '&'}${anewField}=1`,
        })}`,
    }
  }

  async function spendForm(visit: Visit, fields: BodyFields): Promise<void> {
    const value = textIn(fields, onceField)
    if (!/^[0-9A-Za-z]{22}$/.test(value)) throw new RequestRefused('invalid_request', 'The form is not complete.')
    const expiresAt = visit.signed.auth.expiresAt
    const isFirst = await consumed.spend({ purpose: 'form', value: [visit.signed.auth.signInId, value], expiresAt })
    if (isFirst) return
    throw new RequestRefused(
      'conflict',
      'This form was sent before, and what it asked for was done then. A secret that was shown cannot be shown again.',
    )
  }

  function toSignIn(request: Exchange): Answer {
    const { pathname, query } = partsOf(request.url)
    // What a form was sent to is no place to come back to, but its page is.
    const next = query.size === 0 ? pathname : `${pathname}?${query}`
    return redirect({ to: `${signInPath}?${new URLSearchParams({ next })}` })
  }

  return {
    path,
    takesPathsBelow: true,
    uploads: Object.fromEntries(
      screens.flatMap((screen) => (screen.uploadLimit === undefined ? [] : [[path + screen.path, screen.uploadLimit]])),
    ),
    methods: {
      GET: async (request) =>
        answer(request, async (screen, visit) => {
          if (isStale(visit, screen)) return toConfirm(visit)
          const waiting = kept?.read(request, placeOf(visit)) ?? null
          if (waiting !== null) return show(visit, goOn(visit, waiting))
          const view = await screen.show(visit)
          return 'body' in view ? view : show(visit, view, messages.read(request))
        }),
      POST: async (request) => answer(request, act),
    },
  }
}

const onceField = 'once'
const keptField = 'kept'
/** In the query of a page that is opened without what had waited for it. */
const anewField = 'anew'

function placeOf({ path: page, query, signed }: Visit): FormPlace {
  const { signInId, authenticatedAt: provedAt } = signed.auth
  return { signInId, provedAt, page: query.size === 0 ? page : `${page}?${query}` }
}

function withCookie(answer: Answer, cookie: string): Answer {
  return { ...answer, headers: [...answer.headers, ['set-cookie', cookie]] }
}

const noNul = 'The address of this page holds a character that cannot be looked for. Take it out and try again.'

/** Whether a permission lets somebody in, without a reason. */
export async function allows(
  permission: Permission | undefined,
  request: Exchange,
  identity: Signed | null,
): Promise<boolean> {
  try {
    return permission === undefined || (await permission({ request, identity, resource: undefined }))
  } catch (error) {
    if (error instanceof AuthError) return false
    throw error
  }
}

function find(
  table: readonly { readonly screen: Screen; readonly match: PathPattern }[],
  path: string,
): { readonly screen: Screen; readonly params: Readonly<Record<string, string>> } {
  for (const { screen, match } of table) {
    const params = match(path)
    if (params !== null) return { screen, params }
  }
  throw new RequestRefused('not_found')
}

function refuseDoubled(screens: readonly Screen[]): void {
  const paths = screens.map(({ path }) => path)
  const doubled = paths.find((path, index) => paths.indexOf(path) !== index)
  if (doubled !== undefined) throw new TypeError(`Two screens have the path ${doubled}.`)
}

/** A fixed segment goes before one that takes any: `users/new/` is no user. */
function namesIn(path: string): number {
  return path.split(':').length - 1
}

/** Path and query of a request target, of the absolute form too (RFC 9112, section 3.2.2). */
function partsOf(url: string): { readonly pathname: string; readonly query: URLSearchParams } {
  const [, pathname = '/', query = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*)?([^?#]*)\??([^#]*)/i.exec(url) ?? []
  return { pathname, query: new URLSearchParams(query) }
}

function textIn(fields: BodyFields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : ''
  return typeof value === 'string' ? value : ''
}

function notWhileActing(): PermissionDenied {
  return new PermissionDenied(
    'permission_denied',
    'This is for the person alone, and cannot be done or seen by whoever acts as them.',
  )
}
