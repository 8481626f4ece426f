import { anonymousTokenOf } from '../../accounts/anonymous-form.ts'
import { textOf, withFields } from '../../accounts/browser-session.ts'
import { forPeople } from '../../accounts/page-refusal.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { parseBody } from '../../http/parse-body.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import { joinPage } from '../../pages/join.ts'
import type { ShownTerms } from '../../pages/terms-field.ts'
import type { PendingLink } from '../pending-links.ts'
import { ProviderRefused } from '../provider-refused.ts'
import type { ProviderSettings } from '../provider-settings.ts'
import { admit } from './admit.ts'
import { joinPath, type SocialTools } from './social-tools.ts'

/** Where somebody new, who came from a provider, accepts the terms; then they have an account, and are signed in. */
export function joinEndpoint(tools: SocialTools, terms: ShownTerms): Readonly<Record<'GET' | 'POST', Endpoint>> {
  const { csrf, marks, pendingLinks, providers, paths, refusal, site, secure } = tools
  const path = joinPath(paths)

  async function found(request: Exchange): Promise<{ pending: PendingLink; provider: ProviderSettings }> {
    const pending = await pendingLinks.find(marks.of(request))
    const provider = providers.get(pending?.identity.provider ?? '')
    if (pending === null || pending.userId !== null || provider === undefined) throw new ProviderRefused(over)
    return { pending, provider: provider.settings }
  }

  async function show(request: Exchange, isMissing = false): Promise<Answer> {
    const { pending, provider } = await found(request)
    const { email, name, handle, subject } = pending.identity
    const token = anonymousTokenOf(request, csrf)
    const body = await joinPage({
      site,
      action: path,
      hidden: [[csrf.fieldName, token]],
      provider: provider.name,
      account: email ?? name ?? handle ?? subject,
      terms,
      isMissing,
    })
    const headers = [['set-cookie', csrf.cookie(token)]] as const
    return htmlAnswer(body, { secure, keepsOpener: true, status: isMissing ? 400 : 200, headers })
  }

  async function join(request: Exchange): Promise<Answer> {
    const fields = await parseBody(request.headers.get('content-type'), await request.body())
    await csrf.checkAnonymous(withFields(request, fields))
    if (textOf(fields, 'terms') !== 'on') return show(request, true)
    const { provider } = await found(request)
    const browsers = marks.of(request)
    const pending = await pendingLinks.take(browsers, null)
    if (pending === null) throw new ProviderRefused(over)
    const { identity, next, app, at, browser } = pending
    return admit(tools, request, { identity, provider, browser, next, app, at, hasAccepted: true })
  }

  return { GET: forPeople(refusal, async (request) => show(request)), POST: forPeople(refusal, join) }
}

const over = 'This took too long, or is done. Sign in with the provider once more.'
