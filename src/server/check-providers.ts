import { AuthError } from '../core/errors.ts'
import { createProvider } from '../social/create-provider.ts'
import type { ProviderSettings } from '../social/provider-settings.ts'
import { createProviderFetch } from './provider-fetch.ts'
import type { Settings } from './settings.ts'

/** Asks each provider of the settings what it publishes about itself. What is wrong, in a sentence; `null` where nothing is. */
export async function checkProviders(
  settings: Settings,
): Promise<readonly { readonly provider: ProviderSettings; readonly fault: string | null }[]> {
  const fetchFor = createProviderFetch(settings)
  return Promise.all(
    settings.signInProviders.map(async (provider) => {
      try {
        await createProvider({ settings: provider, fetch: fetchFor(provider), consumed, clock: Date.now }).check()
        return { provider, fault: null }
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        return { provider, fault: error.cause instanceof Error ? error.cause.message : error.message }
      }
    }),
  )
}

/** Nobody signs in here. */
const consumed = { spend: async (): Promise<boolean> => false }
