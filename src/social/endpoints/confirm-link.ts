import { browserSession, textOf, withFields } from '../../accounts/browser-session.ts'
import { forPeople } from '../../accounts/page-refusal.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { parseBody } from '../../http/parse-body.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { seeOther } from '../../http/see-other.ts'
import { confirmLinkPage } from '../../pages/confirm-link.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import type { PendingLink } from '../pending-links.ts'
import { ProviderRefused } from '../provider-refused.ts'
import { appPath, confirmLinkPath, type SocialTools } from './social-tools.ts'

/**
 * Links an account at a provider with the account here that has the same address, for somebody who has proved that both are
 * theirs: the one by coming from the provider in this browser, the other by signing in to it after that.
 */
export function confirmLinkEndpoint(tools: SocialTools): Readonly<Record<'GET' | 'POST', Endpoint>> {
  const { sessions, csrf, marks, pendingLinks, linked, providers, paths, refusal, site, secure } = tools
  const path = confirmLinkPath(paths)

  async function found(request: Exchange): Promise<Ready | Answer> {
    const pending = await pendingLinks.find(marks.of(request))
    const provider = pending === null ? undefined : providers.get(pending.identity.provider)
    const userId = pending?.userId ?? null
    if (pending === null || userId === null || provider === undefined) throw new ProviderRefused(nothing)
    const { found: session } = await browserSession(request, sessions)
    const isTheirs = session?.principal.id === userId && session.auth.authenticatedAt >= pending.since
    if (session === null || !isTheirs) return toSignIn(pending)
    return { pending, userId, name: provider.settings.name, user: session.principal.name, sessionId: session.auth.id }
  }

  function toSignIn({ identity }: PendingLink): Answer {
    const query = new URLSearchParams({ next: path, fresh: '1', login_hint: identity.email ?? '' })
    return seeOther(`${paths.signIn}?${query}`)
  }

  async function show(request: Exchange): Promise<Answer> {
    const ready = await found(request)
    if ('status' in ready) return ready
    const { pending, name, user, sessionId } = ready
    const form = { name: csrf.fieldName, token: csrf.tokenFor(sessionId) }
    const account = pending.identity.email ?? pending.identity.name ?? pending.identity.subject
    const body = await confirmLinkPage({ site, action: path, csrf: form, provider: name, account, user })
    return htmlAnswer(body, { secure, headers: [['set-cookie', csrf.cookie(form.token)]] })
  }

  async function decide(request: Exchange): Promise<Answer> {
    const ready = await found(request)
    if ('status' in ready) return ready
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    await csrf.check(withFields(request, fields), ready.sessionId)
    const pending = await pendingLinks.take(marks.of(request), ready.userId)
    if (pending === null) throw new ProviderRefused(nothing)
    if (textOf(fields, 'decision') !== 'yes') return seeOther(pending.next ?? paths.home)
    await linked.link(ready.userId, pending.identity, 'confirmed', requestedBy(request))
    return seeOther(await wayOn(pending, ready.userId))
  }

  /** Back to the application, should one have asked for it. */
  async function wayOn({ browser, app, next, since }: PendingLink, userId: string): Promise<string> {
    if (app === null) return next ?? paths.home
    const id = await tools.appSignIns.open(browser, userId, app, since)
    return `${appPath(paths)}?${new URLSearchParams({ id })}`
  }

  return { GET: forPeople(refusal, show), POST: forPeople(refusal, decide) }
}

interface Ready {
  readonly pending: PendingLink
  readonly userId: string
  /** What the provider is called. */
  readonly name: string
  readonly user: string
  readonly sessionId: string
}

const nothing = 'There is nothing to link, or it took too long. Sign in with the provider once more.'
