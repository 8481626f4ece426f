import { signInAnswer } from '../../accounts/sign-in-answer.ts'
import { AuthenticationFailed, PermissionDenied } from '../../core/errors.ts'
import type { Answer, Exchange } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { seeOther } from '../../http/see-other.ts'
import { addressTakenPage } from '../../pages/address-taken.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import type { BrowserMark } from '../browser-mark.ts'
import type { ForeignIdentity } from '../foreign-identity.ts'
import type { ProviderSettings } from '../provider-settings.ts'
import type { AppWish } from '../provider-sign-ins.ts'
import { appPath, confirmLinkPath, joinPath, type SocialTools } from './social-tools.ts'

/** Somebody who came from a provider, all of whose words were checked. */
export interface Arrival {
  readonly identity: ForeignIdentity
  readonly provider: ProviderSettings
  readonly browser: BrowserMark
  /** Where to go in the end (home). */
  readonly next: string | null
  /** The application that is to be told of it (none). */
  readonly app: AppWish | null
  /** When the sign-in began to be looked at, in milliseconds since 1970. */
  readonly at: number
  /** Whether they have accepted the terms, should they need an account (false). */
  readonly hasAccepted?: boolean
}

/** Lets somebody in, or says why not: no account and none to be had, a disabled one, or one with the same address that is here already. */
export async function admit(tools: SocialTools, request: Exchange, arrival: Arrival): Promise<Answer> {
  const { identity, provider, browser, app, at, hasAccepted = false } = arrival
  const outcome = await tools.foreign.resolve(identity, provider, at, requestedBy(request), hasAccepted)
  if (outcome.kind === 'closed') throw new PermissionDenied(undefined, closed)
  if (outcome.kind === 'not_allowed') {
    throw new PermissionDenied(undefined, `This ${provider.name} account may not sign in here.`)
  }
  if (outcome.kind === 'inactive') throw new AuthenticationFailed('no_active_account', inactive)
  if (outcome.kind === 'clash') return clash(tools, arrival, outcome.userId)
  if (outcome.kind === 'terms') {
    await tools.pendingLinks.keep(browser, { userId: null, identity, next: arrival.next, app, at })
    return seeOther(joinPath(tools.paths))
  }
  const { user } = outcome
  const next =
    app === null
      ? arrival.next
      : `${appPath(tools.paths)}?${new URLSearchParams({ id: await tools.appSignIns.open(browser, user.id, app, at) })}`
  const isManifold = provider.trustSecondFactor && identity.amr.includes('mfa')
  const amr = ['fed', ...(isManifold ? ['mfa'] : [])]
  const completed = await tools.completion.complete(request, { user, amr, authenticatedAt: at, next })
  return signInAnswer(completed, tools.paths.home)
}

/** Nothing is merged on the word of a provider: whoever has the account here has to say so. */
async function clash(tools: SocialTools, arrival: Arrival, userId: string | null): Promise<Answer> {
  const { paths, site, secure } = tools
  const { identity, provider, browser, next, app, at } = arrival
  if (userId !== null) await tools.pendingLinks.keep(browser, { userId, identity, next, app, at })
  const query = new URLSearchParams({ next: confirmLinkPath(paths), fresh: '1', login_hint: identity.email ?? '' })
  const body = await addressTakenPage({
    site,
    provider: provider.name,
    email: identity.email ?? '',
    prove: userId === null ? null : `${paths.signIn}?${query}`,
    signIn: paths.signIn,
  })
  return htmlAnswer(body, { status: 400, secure })
}

const closed = 'There is no account here for you yet, and signing up is closed. Ask whoever runs this site.'
const inactive = 'Your account here cannot sign in. Ask whoever runs this site.'
