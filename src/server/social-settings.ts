import { z } from 'zod'
import { checkRedirectUris } from '../social/app-wish.ts'
import { type ProviderSettings, readProviders } from '../social/provider-settings.ts'
import { list, type Setting } from './setting.ts'

/** Settings of signing in by way of other providers: see `settings.ts`. */
export interface SocialSettings {
  readonly signInProviders: readonly ProviderSettings[]
  readonly signInRedirectUris: readonly string[]
  readonly signInOutboundAddresses: readonly string[]
  readonly signInStartsPerAddress: string | null
}

const group = 'Other providers'

const providers = z.unknown().transform((value, context): readonly ProviderSettings[] => {
  try {
    return readProviders(typeof value === 'string' ? JSON.parse(value) : value)
  } catch (error) {
    // What JSON.parse says holds some of the text, and there are secrets in it.
    const message = error instanceof SyntaxError ? 'the list is not JSON' : (error as Error).message
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
})

const redirectUris = list.transform((value, context): readonly string[] => {
  try {
    checkRedirectUris(value)
    return value
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
    return z.NEVER
  }
})

export const socialSettings: { readonly [Name in keyof SocialSettings]: Setting<SocialSettings[Name]> } = {
  signInProviders: {
    group,
    default: [],
    parse: providers,
    secret: true,
    meaning:
      'The providers that people may sign in with: a list of { id, clientId, clientSecret, … }, see docs/social.md. google, microsoft, github, gitlab and apple are known by their id; any other speaks OpenID Connect at its issuer, or with preset: saml SAML 2.0. In the environment, as JSON.',
  },
  signInRedirectUris: {
    group,
    default: [],
    parse: redirectUris,
    meaning:
      'Addresses of applications that may be told of a sign-in with a provider by a code, to the letter; of http://127.0.0.1, at any port.',
  },
  signInOutboundAddresses: {
    group,
    default: [],
    parse: list,
    meaning:
      'Address ranges inside your network in which providers may be reached, such as 10.1.0.0/16. All others have to be on the public internet.',
  },
  signInStartsPerAddress: {
    group,
    default: '60/min',
    parse: z
      .string()
      .regex(/^\d+\/\d*[a-z]+$/i, 'a rate is written like 100/hour or 10/15m')
      .nullable(),
    meaning: 'How many sign-ins with providers may be begun from one address.',
  },
}
