import { createGithubProvider, type GithubProviderOptions } from './github-provider.ts'
import { createOpenIdProvider, type OpenIdProviderOptions } from './openid-provider.ts'
import { presets } from './presets.ts'
import type { Provider } from './provider.ts'

/** A provider as its settings have it. */
export function createProvider(options: OpenIdProviderOptions & GithubProviderOptions): Provider {
  return presets[options.settings.preset].isOpenId ? createOpenIdProvider(options) : createGithubProvider(options)
}
