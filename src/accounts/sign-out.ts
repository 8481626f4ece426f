import { AuthError } from '../core/errors.ts'
import type { Csrf } from '../http/csrf.ts'
import { clearCookie } from '../http/cookies.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { wantsHtml } from '../http/negotiate.ts'
import { originsOfNext, safeNext } from '../http/next.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { requestedBy } from '../http/requested-by.ts'
import { seeOther } from '../http/see-other.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import { signOutPage } from '../pages/sign-out.ts'
import { type SignedOutApp, signedOutPage } from '../pages/signed-out.ts'
import { browserSession, isJson, queryOf, textOf, withFields } from './browser-session.ts'
import type { CompleteSignIn } from './complete-sign-in.ts'
import { createPageRefusal } from './page-refusal.ts'
import type { Sessions } from './sessions.ts'

export interface SignOutOptions {
  readonly sessions: Sessions
  readonly csrf: Csrf
  /** Forgets the sign-in of this browser that is not complete (there are none). */
  readonly completion?: Pick<CompleteSignIn, 'find' | 'abandon'>
  /** What pages are called, and whether they warn of development mode (Doorward, no). */
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  /** Where these endpoints are (/accounts/logout/). */
  readonly path?: string
  /** Where to sign in (/accounts/login/). */
  readonly signInPath?: string
  /** Where to go for whoever stays signed in (/). */
  readonly home?: string
  /** Origins beside the own one that `next` may lead to (none). */
  readonly nextOrigins?: readonly string[]
  /** The pages to frame that sign a person out of applications, for a sign-in that ends (none). */
  readonly frontChannel?: (signInId: string) => Promise<readonly string[]>
  /** The applications that a person signed in to by a sign-in that ends, and which of them hear of it (none). */
  readonly appsOf?: (signInId: string) => Promise<readonly SignedOutApp[]>
  /** Where else a person has to sign out who came from there: see `SignInProviders` (nowhere). */
  readonly elsewhere?: (request: Exchange, who: SignedInPerson) => Promise<Elsewhere | null>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface SignedInPerson {
  readonly userId: string
  /** How they proved who they are, in the names of RFC 8176. */
  readonly amr: readonly string[]
}

/** Another site that a person is to sign out at, too. */
export interface Elsewhere {
  readonly href: string
  readonly name: string
}

/**
 * Signing out of a browser session. `GET` only asks. `POST` needs the token of the session; it ends it on the server, takes the
 * cookies away, and leads to `next` or to the page that says so, and which applications hear of it. A script, which sends JSON or nothing, gets
 * `{}`, with `signOutUrl` where signing out goes on at another site, and with `applications` where there are any.
 */
export interface SignOut {
  readonly GET: Endpoint
  readonly POST: Endpoint
}

export function createSignOut(options: SignOutOptions): SignOut {
  const { sessions, csrf, completion, site = {}, secure = true, clock } = options
  const { path = '/accounts/logout/', signInPath = '/accounts/login/', home = '/', nextOrigins = [] } = options
  const { frontChannel = async () => [], appsOf = async () => [], elsewhere = async () => null } = options
  const refusal = createPageRefusal({ site, secure, signIn: signInPath, clock })
  const nextOf = (value: string | null, fallback: string): string => safeNext(value, fallback, nextOrigins)

  async function end(request: Exchange, fields: BodyFields): Promise<Ended> {
    const { value, found } = await browserSession(request, sessions)
    // A form of another site comes without the cookie: taking it away then would sign people out from anywhere.
    const isPending = completion !== undefined && (await completion.find(request)) !== null
    if (value === null && !isPending) return { headers: [], frames: [], apps: [], elsewhere: null }
    const asked = withFields(request, fields)
    if (found === null) csrf.checkOrigin(asked)
    else await csrf.check(asked, found.auth.id)
    const abandoned = (await completion?.abandon(request)) ?? []
    const frames = found === null ? [] : await frontChannel(found.auth.signInId)
    const apps = found === null ? [] : await appsOf(found.auth.signInId)
    const who = found === null ? null : { userId: found.principal.id, amr: found.auth.amr }
    if (found !== null) await sessions.end(found.auth.id, found.principal.id, requestedBy(request))
    const headers = [
      ['set-cookie', sessions.clearedCookie()],
      ['set-cookie', clearCookie(csrf.cookieName, { secure, httpOnly: false })],
      ...abandoned,
    ] as const
    return { headers, frames, apps, elsewhere: who === null ? null : await elsewhere(request, who) }
  }

  /** Where applications have to be signed out by the browser, it comes by a page that does, and goes on from there. */
  async function byPage({ headers, frames, apps, elsewhere: other }: Ended, next: string): Promise<Answer> {
    const back = next === path ? null : { href: next, application: null, isFollowed: true }
    const onward = other === null ? back : { href: other.href, alsoAt: other.name, application: null, isFollowed: true }
    const page = await signedOutPage({ site, signIn: signInPath, frames, apps, onward })
    return htmlAnswer(page, { secure, headers, frames: [...new Set(frames.map((url) => new URL(url).origin))] })
  }

  return {
    GET: async (request) => {
      const { found } = await browserSession(request, sessions)
      if (found === null) return htmlAnswer(await signedOutPage({ site, signIn: signInPath }), { secure })
      const form = { name: csrf.fieldName, token: csrf.tokenFor(found.auth.id) }
      const next = nextOf(queryOf(request.url, 'next'), '') || null
      const page = await signOutPage({ site, action: path, csrf: form, name: found.principal.name, next, home })
      const headers = [['set-cookie', csrf.cookie(form.token)]] as const
      return htmlAnswer(page, { secure, headers, formAction: next === null ? [] : originsOfNext(next) })
    },
    POST: async (request) => {
      const isScript = isJson(request) || (request.headers.get('content-type') === null && !wantsHtml(request))
      try {
        const fields = await parseBody(request.headers.get('content-type'), await request.body())
        const ended = await end(request, fields)
        if (isScript) {
          const { apps, elsewhere: other } = ended
          const applications = apps.map(({ name, isTold }) => ({ name, told: isTold }))
          const told = apps.length === 0 ? {} : { applications }
          return jsonAnswer(other === null ? told : { ...told, signOutUrl: other.href }, 200, ended.headers)
        }
        const next = nextOf(textOf(fields, 'next') ?? queryOf(request.url, 'next'), path)
        const isTold = next === path && ended.apps.length > 0
        if (isTold || ended.frames.length > 0 || ended.elsewhere !== null) return await byPage(ended, next)
        return seeOther(next, ended.headers)
      } catch (error) {
        if (isScript || !(error instanceof AuthError)) throw error
        return refusal(request, error)
      }
    },
  }
}

interface Ended {
  readonly headers: Answer['headers']
  /** Pages that sign the person out of applications when they are loaded. */
  readonly frames: readonly string[]
  readonly apps: readonly SignedOutApp[]
  readonly elsewhere: Elsewhere | null
}
