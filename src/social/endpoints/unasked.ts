import { createPageRefusal } from '../../accounts/page-refusal.ts'
import type { Answer, Exchange } from '../../http/exchange.ts'
import { ProviderRefused } from '../provider-refused.ts'
import type { ProviderSettings } from '../provider-settings.ts'
import { refusalAt, type SocialTools, startPath } from './social-tools.ts'

/**
 * Whether an answer was asked for by nobody here (Profiles, section 4.1.5: begun at the provider): its RelayState is none of ours. It is taken for nothing
 * else either, an address least of all.
 */
export function isUnasked(relayState: string | undefined): boolean {
  return !/^[0-9A-Za-z]{54}$/.test(relayState ?? '')
}

/**
 * What somebody sees who was sent here so: where to begin. What they bring is not looked at. Whoever could begin a sign-in from
 * elsewhere could sign people in as somebody else, and have them work in that account.
 */
export async function unaskedAnswer(
  tools: SocialTools,
  { id, name }: ProviderSettings,
  request: Exchange,
): Promise<Answer> {
  const { site, secure, clock, paths, onRefused } = tools
  const back = { href: startPath(paths, id), text: `Sign in with ${name}` }
  const refusal = createPageRefusal({ site, secure, clock, keepsOpener: true, back, todo: null })
  const cause = new Error('The response answers no request of this site (SAML Profiles, section 4.1.5).')
  const error = new ProviderRefused(
    `${name} sent you here unasked. Sign-ins begin on this site: go on from here.`,
    cause,
  )
  return refusalAt({ refusal, onRefused }, id)(request, error)
}
