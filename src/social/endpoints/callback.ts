import { browserSession } from '../../accounts/browser-session.ts'
import { forPeople } from '../../accounts/page-refusal.ts'
import { decodeUtf8 } from '../../http/decode-utf8.ts'
import type { Answer, Endpoint, Exchange } from '../../http/exchange.ts'
import { parseForm } from '../../http/form.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { seeOther } from '../../http/see-other.ts'
import { formPostPage } from '../../pages/form-post.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import { applyRules } from '../claim-rules.ts'
import type { ForeignIdentity } from '../foreign-identity.ts'
import { presets } from '../presets.ts'
import type { Provider, ProviderAnswer } from '../provider.ts'
import { ProviderRefused } from '../provider-refused.ts'
import type { ReturnedSignIn } from '../provider-sign-ins.ts'
import { providerTestPage } from '../../pages/provider-test.ts'
import { admit } from './admit.ts'
import { callbackPath, refusalAt, type SocialTools } from './social-tools.ts'
import { isUnasked, unaskedAnswer } from './unasked.ts'

/**
 * Where a provider sends the browser back to. What it brings is looked at only where this browser began a sign-in with this
 * provider: a state that is missing, made up, used, too old, or another's is refused before the provider is asked anything
 * (RFC 9700, sections 4.4 and 4.7).
 */
export function callbackEndpoint(tools: SocialTools, provider: Provider): Readonly<Record<string, Endpoint>> {
  const { paths, origin, marks, signIns, foreign, linked, sessions, clock, site, secure } = tools
  const { settings } = provider
  const { id, name } = settings
  const { answersByForm, answersByAddress, stateParameter } = presets[settings.preset]
  const path = callbackPath(paths, id)
  const refusal = refusalAt(tools, id)

  async function arrive(request: Exchange, parameters: URLSearchParams): Promise<Answer> {
    // Before the code is traded: what ends the user's access meanwhile ends this sign-in too.
    const at = Math.floor(clock())
    const state = onlyValue(parameters, stateParameter) ?? ''
    const returned = await signIns.take(state, marks.of(request), id)
    if (returned === null) {
      throw new ProviderRefused('This sign-in was begun in another browser, is over, or is too old. Start it again.')
    }
    const { nonce, verifier, isFresh, startedAt } = returned
    const answer = {
      state,
      nonce,
      verifier,
      parameters,
      redirectUri: origin(request) + path,
      freshSince: isFresh ? startedAt : null,
    }
    if (returned.purpose === 'test') return test(request, answer, returned)
    const identity = await provider.identify(answer)
    if (returned.purpose === 'link') return link(request, identity, returned)
    const { browser, next, app } = returned
    return admit(tools, request, { identity, provider: settings, browser, next, app, at })
  }

  /** The person who began it has to be signed in still: else they would link the account with whoever came after them. */
  async function link(request: Exchange, identity: ForeignIdentity, { userId }: ReturnedSignIn): Promise<Answer> {
    const { found } = await browserSession(request, sessions)
    if (found === null || found.principal.id !== userId) throw new ProviderRefused(anotherUser)
    const linkId = await linked.link(userId, identity, 'asked', requestedBy(request))
    return seeOther(`${paths.linked}?${new URLSearchParams({ linked: linkId })}`)
  }

  /** Whoever sets the provider up is told what is wrong with its answer, in so far as that holds no secret. */
  async function test(request: Exchange, answer: ProviderAnswer, { userId }: ReturnedSignIn): Promise<Answer> {
    const { found } = await browserSession(request, sessions)
    if (found === null || found.principal.id !== userId || found.principal.isStaff !== true) {
      throw new ProviderRefused(anotherUser)
    }
    const identity = await provider.identify(answer).catch((error: unknown) => {
      if (!(error instanceof ProviderRefused) || error.forStaff === null) throw error
      throw new ProviderRefused(`${name} could not be signed in with. ${error.forStaff}`, error.cause)
    })
    const body = await providerTestPage({
      site,
      back: `${paths.providers}${id}/`,
      provider: name,
      identity,
      outcome: (await foreign.foresee(identity, settings)).kind,
      rules: applyRules(settings.rules, identity.claims),
    })
    return htmlAnswer(body, { secure })
  }

  const GET = forPeople(refusal, async (request) =>
    arrive(request, new URL(request.url, 'https://site.invalid').searchParams),
  )

  /**
   * A form from a page of the provider comes without our cookies, which are `SameSite=Lax`. So it is sent once more, from a page
   * of ours, and then has them: the code stays out of addresses, and no cookie has to be sent to us from everywhere.
   */
  const POST = forPeople(refusal, async (request) => {
    const fields = parseForm(decodeUtf8(await request.body()))
    const { [resent]: isResent, ...parameters } = fields
    if (stateParameter === 'RelayState' && isUnasked(fields[stateParameter]))
      return unaskedAnswer(tools, settings, request)
    if (isResent !== undefined) return arrive(request, new URLSearchParams(parameters))
    const page = { site, action: path, name: site.siteName ?? 'Doorward' }
    const body = await formPostPage({ ...page, fields: [...Object.entries(parameters), [resent, '1']] })
    return htmlAnswer(body, { secure })
  })

  return { ...(answersByAddress && { GET }), ...(answersByForm && { POST }) }
}

/** Marks a form that a page of ours has sent. */
const resent = 'doorward_resent'

const anotherUser = 'You have signed out, or somebody else has signed in, since this was begun. Start it again.'

/** The value of a parameter that is there once. */
function onlyValue(parameters: URLSearchParams, name: string): string | null {
  const values = parameters.getAll(name)
  return values.length === 1 ? (values[0] ?? null) : null
}
