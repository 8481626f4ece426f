import type { SafeFetch } from '../http/safe-fetch.ts'
import { Throttled } from '../core/errors.ts'
import { createSocial, type Social, type SocialOptions } from '../social/social.ts'
import type { Counters } from '../throttling/counters.ts'
import { perAddress } from '../throttling/per-address.ts'
import { isSecure } from './addresses.ts'
import { termsOf } from './terms-of.ts'
import { isDevelopment } from './is-development.ts'
import type { Logger } from './log.ts'
import { nextOrigins } from './next-origins.ts'
import { createByPasskeyOrMail } from './other-ways-in.ts'
import { createOwnOrigin } from './own-origin.ts'
import { createProviderFetch } from './provider-fetch.ts'
import { SettingsInvalid, type Settings } from './settings.ts'
import { pairCookies } from './pair-cookies.ts'
import { siteOf } from './site.ts'

export interface SocialStores
  extends
    Pick<
      SocialOptions,
      | 'database'
      | 'sealer'
      | 'csrf'
      | 'sessions'
      | 'completion'
      | 'users'
      | 'groups'
      | 'pairs'
      | 'notify'
      | 'organisations'
    >,
    Required<Pick<SocialOptions, 'clock'>> {
  readonly settings: Settings
  readonly log: Logger
  readonly counters: Counters
}

/** Signing in by way of other providers, as the settings have it. `fetch` stands in for how they are asked (https only). */
export function openSocial(stores: SocialStores, { fetch }: { readonly fetch?: SafeFetch | undefined } = {}): Social {
  const { settings, log, counters, clock } = stores
  const insecure = settings.signInProviders.find(({ issuer, saml }) => (saml?.entryPoint ?? issuer).startsWith('http:'))
  if (insecure !== undefined && !isDevelopment(settings)) {
    const option = insecure.saml === null ? 'issuer' : 'entryPoint'
    throw new SettingsInvalid([`signInProviders: provider ${insecure.id}: ${option} has to be an https address.`])
  }
  const rate = settings.signInStartsPerAddress
  const throttle = rate === null ? null : perAddress(rate, { counters, clock, name: 'provider-sign-ins' })
  return createSocial({
    ...stores,
    hasOtherWayIn: createByPasskeyOrMail(settings),
    isSignUpOpen: settings.signUp === 'open',
    terms: termsOf(settings),
    providers: settings.signInProviders,
    fetchFor: fetch === undefined ? createProviderFetch(settings) : () => fetch,
    origin: createOwnOrigin(settings),
    cookies: pairCookies(stores),
    redirectUris: settings.signInRedirectUris,
    nextOrigins: nextOrigins(settings),
    site: siteOf(settings),
    secure: isSecure(settings),
    onUnknown: (kind, name) =>
      log.warn({ [kind]: name }, 'a rule of a provider names what does not exist, or is suspended'),
    onRefused: ({ provider, error }) => log.info({ provider, err: error }, 'a sign-in with a provider was refused'),
    throttle: async (request) => {
      const quota = await throttle?.take({ request, identity: null, address: request.address })
      if (quota !== null && quota !== undefined && quota.wait !== null) throw new Throttled(quota.wait)
    },
  })
}
