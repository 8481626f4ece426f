import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clockSkew,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client'
import type { SafeFetch } from '../http/safe-fetch.ts'
import { appleSecret } from './apple-secret.ts'
import { outboundFetch } from './outbound-fetch.ts'
import { failureOf } from './provider-exchange.ts'
import type { ProviderSettings } from './provider-settings.ts'

export interface OpenIdConfigurationOptions {
  readonly settings: ProviderSettings
  /** How the provider is asked. */
  readonly fetch: SafeFetch
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What a provider publishes about itself (OpenID Connect Discovery 1.0), kept for an hour. */
export interface OpenIdConfiguration {
  readonly current: () => Promise<Configuration>
}

export function createOpenIdConfiguration(options: OpenIdConfigurationOptions): OpenIdConfiguration {
  const { settings, clock } = options
  const execute = [enableNonRepudiationChecks]
  // `http` gets this far where the provider is on this machine; what is fetched is decided by `fetch` all the same.
  if (new URL(settings.issuer).protocol === 'http:') execute.push(allowInsecureRequests)
  let kept: Kept | null = null
  let asking: Promise<Kept> | null = null

  /** `openid-client` goes by the clock of the machine: how far ours is from it. In seconds. */
  const skewNow = (): number => Math.round((clock() - Date.now()) / 1000)

  async function ask(): Promise<Kept> {
    const skew = skewNow()
    const config = await discovery(
      new URL(settings.issuer),
      settings.clientId,
      { [clockSkew]: skew },
      clientAuthentication(options),
      { [customFetch]: outboundFetch(options.fetch), execute, timeout },
    )
    return { config, askedAt: clock(), skew }
  }

  return {
    current: async () => {
      const now = clock()
      if (kept !== null && now - kept.askedAt < maxAge && Math.abs(skewNow() - kept.skew) <= 5) return kept.config
      asking ??= ask().finally(() => {
        asking = null
      })
      try {
        kept = await asking
      } catch (error) {
        // What it said a while ago is better than nothing: keys and addresses change slowly.
        if (kept === null || now - kept.askedAt >= staleFor) throw failureOf(error, settings.name)
      }
      return kept.config
    },
  }
}

interface Kept {
  readonly config: Configuration
  readonly askedAt: number
  readonly skew: number
}

function clientAuthentication({ settings, clock }: OpenIdConfigurationOptions): ClientAuth {
  const { clientId, clientSecret, apple } = settings
  if (apple !== null) {
    const secret = appleSecret({ clientId, key: apple, clock })
    return (...exchange) => ClientSecretPost(secret())(...exchange)
  }
  if (clientSecret === null) return None()
  return settings.clientAuthentication === 'post' ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret)
}

/** Seconds for all of an exchange; each request has its own limit in `fetch`. */
const timeout = 10
/** In milliseconds. */
const maxAge = 3_600_000
const staleFor = 86_400_000
