import { html } from 'hono/html'
import type { Auth } from '../core/auth.ts'
import { AuthError, NotAuthenticated, PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { Permission } from '../core/permission.ts'
import type { ActingAs } from '../accounts/acting.ts'
import { addressWhenHeld, type FindHold, type HeldUp } from '../accounts/held-up.ts'
import { createPageRefusal } from '../accounts/page-refusal.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Answer, Endpoint, Exchange, Upload } from '../http/exchange.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { hiddenField } from '../pages/components.ts'
import type { Consumed } from '../storage/consumed.ts'
import { actorOf } from '../tokens/owner.ts'
import { type AreaPagesOptions, createAreaPages } from './area-pages.ts'
import type { EndedForms } from './ended-forms.ts'
import { textIn } from './field-text.ts'
import { createFreshProofs, type FreshProofsOptions } from './fresh-proofs.ts'
import { heldPage } from './held-page.ts'
import { createOnceForms } from './once-forms.ts'
import { createScreenTable } from './screen-table.ts'
import { lacking, missingPermissions } from './missing-permissions.ts'
import type { TakenForm } from './kept-form.ts'
import { pageAddress } from './page-address.ts'
import type { Outcome, Posted, Screen, Signed, Visit } from './screen.ts'

/** What all areas share. */
export interface AreaBasics
  extends Omit<AreaPagesOptions, 'path' | 'name' | 'screens' | 'csrf'>, Omit<FreshProofsOptions, 'redirect' | 'csrf'> {
  /** The door, asked for a browser session and nothing else. It checks forms too. */
  readonly door: Pick<Auth<Signed>, 'identify' | 'require' | 'refusal' | 'headers'>
  readonly csrf: Csrf
  /** Forms that may be sent once. */
  readonly consumed: Pick<Consumed, 'spend'>
  /** Forms that were sent once the sign-in was over (what was typed is lost then). */
  readonly ended?: EndedForms
  /** Where to sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Where to accept new terms (/accounts/terms/). */
  readonly termsPath?: string
  /** As whom a superuser acts, `null` for nobody (nobody ever does). */
  readonly actingAs?: (signed: Signed) => Promise<ActingAs | null>
  /**
   * What they have to do before they go on, since a rule is newer than their sign-in: prove or add a second factor, or accept the
   * terms; `null` for nothing (nobody has to).
   */
  readonly held?: FindHold
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
  readonly uploads: Readonly<Record<string, Upload>>
  /** Whose throttles the headers of its answers tell of. */
  readonly door: AreaBasics['door']
  readonly methods: { readonly GET: Endpoint; readonly POST: Endpoint }
}

/**
 * Answers the requests of a console. Who is not signed in is led to do so and back; who may not reads what they lack. Every
 * POST is a form of ours, of this session; what is sensitive asks for a fresh proof first. Throws `TypeError` where two
 * screens have one path.
 */
export function createArea(options: AreaOptions): Area {
  const { door, csrf, messages, site, secure, clock, path, name, permission, screens, ended } = options
  const { signInPath = '/accounts/login/', accountPath = '/account/', confirmPath = '/accounts/confirm/' } = options
  const { termsPath = '/accounts/terms/' } = options
  const find = createScreenTable(path, screens)
  const { show, redirect } = createAreaPages(options)
  const proofs = createFreshProofs({ ...options, redirect })
  const onceForms = createOnceForms(options)
  const back = { href: path, text: `Back to ${name}` }
  const refusal = createPageRefusal({ site, secure, clock, back })
  const refusalOfArea = createPageRefusal({
    site,
    secure,
    clock,
    back: { href: accountPath, text: 'Your account' },
    todo: `This account may not open ${name}. Ask whoever runs this site for the permission; or, if you have another account that may, sign out and in again with that one.`,
  })

  async function answer(request: Exchange, work: (screen: Screen, visit: Visit) => Promise<Answer>): Promise<Answer> {
    let isInside = true
    try {
      const signed = await door.identify(request)
      if (signed === null) return await toSignIn(request)
      const held = (await options.held?.(request, signed)) ?? null
      if (held !== null) return await holdUp(request, signed, held)
      const acting = (await options.actingAs?.(signed)) ?? null
      const asWhom = acting !== null && options.isActedIn === true ? { ...signed, principal: acting.user } : signed
      isInside = false
      await need(request, asWhom, signed, permission)
      isInside = true
      const { pathname, query } = partsOf(request.url)
      // Databases refuse it, and no address of ours has it.
      if ([...query].some((pair) => pair.join('').includes('\0'))) throw new RequestRefused('invalid_request', noNul)
      const { screen, params } = find(pathname)
      if (screen.permission !== undefined) await need(request, asWhom, signed, screen.permission)
      const onPage = { params, query, path: slashed(pathname), acting }
      const visit = visitOf(request, asWhom, signed, onPage)
      if (asWhom !== signed && screen.isSensitive === true) throw notWhileActing()
      return await work(screen, visit)
    } catch (error) {
      if (error instanceof NotAuthenticated) return await toSignIn(request)
      if (!(error instanceof AuthError)) throw error
      return isInside ? refusal(request, error) : refusalOfArea(request, error)
    }
  }

  /** They come back to the page; what a form had sent is not kept, and nothing of it is done. */
  async function holdUp(request: Exchange, signed: Signed, held: HeldUp): Promise<Answer> {
    const { pathname, query } = partsOf(request.url)
    const next = pageAddress({ path: pathname, query })
    const { name: username } = signed.principal
    const to = addressWhenHeld(held, { next, name: username, signInPath, confirmPath, termsPath })
    return held === 'add' ? heldPage({ site, secure, to, name: username }) : redirect({ to })
  }

  /** Whoever acts as somebody may do what they may, and no more: the door knows only who is signed in. */
  async function need(request: Exchange, asWhom: Signed, signed: Signed | null, asked: Permission): Promise<void> {
    try {
      if (asWhom === signed) await door.require(request, asked)
      else if (!(await asked({ request, identity: asWhom, resource: undefined }))) throw new PermissionDenied()
    } catch (error) {
      const missing = error instanceof PermissionDenied ? missingPermissions(asked, asWhom) : []
      throw missing.length === 0 ? error : lacking(missing, error)
    }
  }

  function visitOf(
    request: Exchange,
    asWhom: Signed,
    signed: Signed,
    onPage: Pick<Visit, 'params' | 'query' | 'path' | 'acting'>,
  ): Visit {
    const proof = hiddenField(csrf.fieldName, csrf.tokenFor(signed.auth.id))
    // What is typed for somebody else is not asked for after the next sign-in, which acts as nobody.
    const form = onPage.acting === null ? html`${proof}${ended?.field(signed.principal.id) ?? ''}` : proof
    const { address, requestId = null } = request
    const actingAs = asWhom === signed ? {} : { actingAs: actorOf(asWhom.principal) }
    return {
      ...onPage,
      request,
      signed: asWhom,
      user: asWhom.principal,
      form,
      get onceForm() {
        return html`${form}${onceForms.field()}`
      },
      by: { actor: actorOf(signed.principal), ...actingAs, address, requestId },
    }
  }

  async function act(screen: Screen, visit: Visit): Promise<Answer> {
    const { request } = visit
    const sent = await parseBody(request.headers.get('content-type'), await request.body(), request)
    const { fields, done } = takenOf(request, visit, sent)
    const action = screen.actions?.[textIn(fields, 'action')]
    if (action === undefined || !Object.hasOwn(screen.actions ?? {}, textIn(fields, 'action'))) {
      throw new RequestRefused('invalid_request', 'This page has no such action.')
    }
    const isActed = visit.acting !== null && options.isActedIn === true
    if (isActed && (action.isForActing !== true || action.isSensitive === true)) throw notWhileActing()
    if (action.permission !== undefined)
      await need(request, visit.signed, isActed ? null : visit.signed, action.permission)
    if (proofs.isStale(visit, screen, action)) return proofs.toConfirm(visit, fields)
    if (action.isOnce === true) await onceForms.spend(visit.signed, fields)
    const posted: Posted = { ...visit, fields, text: (field) => textIn(fields, field).trim() }
    return done(await finish(visit, await action.run(posted)))
  }

  /** The fields that were sent, or those that had waited for a sign-in or a proof. */
  function takenOf(request: Exchange, visit: Visit, sent: BodyFields): TakenForm {
    return ended?.taken(visit, sent) ?? proofs.taken(request, visit, sent)
  }

  async function finish(visit: Visit, outcome: Outcome): Promise<Answer> {
    if ('body' in outcome) return outcome
    if ('title' in outcome) return show(visit, outcome)
    return redirect(outcome)
  }

  async function toSignIn(request: Exchange): Promise<Answer> {
    const { pathname, query } = partsOf(request.url)
    // What a form was sent to is no place to come back to, but its page is.
    const next = pageAddress({ path: pathname, query })
    const to = `${signInPath}?${new URLSearchParams({ next })}`
    const isForm = request.method === 'POST'
    const kept = isForm ? await ended?.keep(request, pageAddress({ path: slashed(pathname), query })) : null
    return redirect({ to, ...(typeof kept === 'string' ? { headers: [['set-cookie', kept]] } : {}) })
  }

  return {
    path,
    takesPathsBelow: true,
    uploads: Object.fromEntries(
      screens.flatMap((screen) => (screen.upload === undefined ? [] : [[path + screen.path, screen.upload]])),
    ),
    door,
    methods: {
      GET: async (request) =>
        answer(request, async (screen, visit) => {
          if (proofs.isStale(visit, screen)) return proofs.toConfirm(visit)
          const waiting = ended?.waiting(visit) ?? proofs.waiting(visit)
          if (waiting !== null) return show(visit, waiting)
          const view = await screen.show(visit)
          const shown = 'body' in view ? view : await show(visit, view, messages.read(request))
          const left = [ended?.left(visit) ?? null, proofs.left(visit)].filter((cookie) => cookie !== null)
          return { ...shown, headers: [...shown.headers, ...left.map((cookie) => ['set-cookie', cookie] as const)] }
        }),
      POST: async (request) => answer(request, act),
    },
  }
}

const noNul = 'The address of this page holds a character that cannot be looked for. Take it out and try again.'

/** Pages have one address, with a trailing slash. */
function slashed(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

/** Path and query of a request target, of the absolute form too (RFC 9112, section 3.2.2). */
function partsOf(url: string): { readonly pathname: string; readonly query: URLSearchParams } {
  const [, pathname = '/', query = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*)?([^?#]*)\??([^#]*)/i.exec(url) ?? []
  return { pathname, query: new URLSearchParams(query) }
}

function notWhileActing(): PermissionDenied {
  return new PermissionDenied(
    'permission_denied',
    'This is for the person alone, and cannot be done or seen by whoever acts as them.',
  )
}
