import { z } from 'zod'
import type { HeaderPreset } from '../gatekeeper/identity-headers.ts'
import { readRoutes, type GatekeeperRoute } from '../gatekeeper/route.ts'
import { count, durationToSeconds, headerName, list, someText, type Setting } from './setting.ts'

/** Settings of what proxies ask before they let a request pass: see `settings.ts`. Durations are seconds. */
export interface GatekeeperSettings {
  readonly gatekeeperPeers: readonly string[]
  readonly gatekeeperSecretHeader: string
  readonly gatekeeperSecret: string | null
  readonly gatekeeperRoutes: readonly GatekeeperRoute[]
  readonly gatekeeperHeaders: HeaderPreset
  readonly gatekeeperSignIn: string
  readonly gatekeeperMaxAge: number
}

const group = 'Gatekeeper'

const routes = z.unknown().transform((value, context): readonly GatekeeperRoute[] => {
  try {
    return readRoutes(typeof value === 'string' ? JSON.parse(value) : value)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
    return z.NEVER
  }
})

export const gatekeeperSettings: { readonly [Name in keyof GatekeeperSettings]: Setting<GatekeeperSettings[Name]> } = {
  gatekeeperPeers: {
    group,
    default: [],
    parse: list,
    meaning:
      'Address ranges of the proxies that may ask /verify/ whether a request may pass. Without peers or a secret it is closed.',
  },
  gatekeeperSecretHeader: {
    group,
    default: 'x-gatekeeper-secret',
    parse: headerName,
    meaning: 'The header that carries gatekeeperSecret.',
  },
  gatekeeperSecret: {
    group,
    default: null,
    parse: someText,
    secret: true,
    meaning: 'What a proxy has to show in gatekeeperSecretHeader to be answered, at least 16 characters.',
  },
  gatekeeperRoutes: {
    group,
    default: [],
    parse: routes,
    meaning:
      'Which requests may pass to which backend: a list of { name, host, path, methods, policy, api }, where the first that fits decides and none means no. In the environment, as JSON.',
  },
  gatekeeperHeaders: {
    group,
    default: 'remote',
    parse: z.enum(['remote', 'authentik', 'oauth2-proxy', 'rauthy', 'none']),
    meaning:
      'Which headers tell backends who it is: Remote-User and its kin, or the names of authentik, oauth2-proxy or Rauthy. The signed Doorward-Identity is there always.',
  },
  gatekeeperSignIn: {
    group,
    default: '/accounts/login/',
    parse: z
      .string()
      .regex(
        /^(\/|https?:\/\/)[^/\\?#\s][^\\?#\s]*$/,
        'it is a path, or an address without query, such as /accounts/login/',
      ),
    meaning: 'Where people sign in: a path that the proxy leads to Doorward on the protected host, or another address.',
  },
  gatekeeperMaxAge: {
    group,
    default: 0,
    parse: z.preprocess(durationToSeconds, count.max(300)),
    meaning:
      'For how many seconds a proxy may keep an answer to GET or HEAD. So long a revoked credential may still pass. 0: not at all.',
  },
}
