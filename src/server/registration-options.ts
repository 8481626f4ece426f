import { Throttled } from '../core/errors.ts'
import { createSafeFetch } from '../http/safe-fetch.ts'
import type { OAuthServerOptions } from '../oauth/server.ts'
import { perAddress } from '../throttling/per-address.ts'
import type { Counters } from '../throttling/counters.ts'
import type { Logger } from './log.ts'
import type { Settings } from './settings.ts'

export interface RegistrationTools {
  readonly counters: Counters
  readonly log: Pick<Logger, 'info'>
  readonly clock: () => number
}

/** What the settings say about clients that nobody registers by hand, and about what is asked for on their word. */
export function registrationOptions(
  settings: Settings,
  { counters, log, clock }: RegistrationTools,
): Pick<
  OAuthServerOptions,
  | 'fetch'
  | 'registration'
  | 'registrationThrottle'
  | 'clientDocuments'
  | 'onDocumentRefused'
  | 'selfRegisteredGrants'
  | 'selfRegisteredScopes'
  | 'selfRegisteredStepUp'
  | 'selfRegisteredResources'
> {
  const { oauthRegistrationsPerAddress: rate } = settings
  const throttle = rate === null ? null : perAddress(rate, { counters, clock, name: 'registration' })
  return {
    fetch: createSafeFetch({ allowedAddresses: settings.oauthOutboundAddresses }),
    registration: settings.oauthRegistration,
    clientDocuments: settings.oauthClientDocuments,
    onDocumentRefused: (refused) => log.info(refused, 'the metadata document of a client was not taken'),
    selfRegisteredGrants: settings.oauthSelfRegisteredGrants,
    selfRegisteredScopes: settings.oauthSelfRegisteredScopes,
    selfRegisteredStepUp: settings.oauthSelfRegisteredStepUp,
    selfRegisteredResources: settings.oauthSelfRegisteredResources,
    ...(throttle === null
      ? {}
      : {
          registrationThrottle: async (request) => {
            const quota = await throttle.take({ request, identity: null, address: request.address })
            if (quota !== null && quota.wait !== null) throw new Throttled(quota.wait)
          },
        }),
  }
}
