import type { GithubProviderOptions } from './github-provider.ts'
import type { OpenIdProviderOptions } from './openid-provider.ts'
import { presets } from './presets.ts'
import type { Provider } from './provider.ts'
import type { SamlProviderOptions } from './saml/saml-provider.ts'

export type CreateProviderOptions = OpenIdProviderOptions &
  GithubProviderOptions &
  Pick<SamlProviderOptions, 'consumed'>

/** A provider as its settings have it. What speaks with it is loaded when it is first asked: most servers have none. */
export function createProvider(options: CreateProviderOptions): Provider {
  let made: Promise<Provider> | null = null
  const provider = async (): Promise<Provider> => (made ??= makeProvider(options))
  return {
    settings: options.settings,
    authorizationUrl: async (request) => (await provider()).authorizationUrl(request),
    identify: async (answer) => (await provider()).identify(answer),
    refresh: async (refreshToken) => (await provider()).refresh(refreshToken),
    check: async () => (await provider()).check(),
    signOutUrl: async (idToken, returnTo) => (await provider()).signOutUrl(idToken, returnTo),
  }
}

async function makeProvider(options: CreateProviderOptions): Promise<Provider> {
  const { preset, saml } = options.settings
  if (saml !== null) {
    const { createSamlProvider } = await import('./saml/saml-provider.ts')
    return createSamlProvider({ ...options, saml })
  }
  if (presets[preset].protocol === 'github') {
    const { createGithubProvider } = await import('./github-provider.ts')
    return createGithubProvider(options)
  }
  const { createOpenIdProvider } = await import('./openid-provider.ts')
  return createOpenIdProvider(options)
}
