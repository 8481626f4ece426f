import { ordinarySessions } from '../accounts/emergency-session.ts'
import { createPageRefusal } from '../accounts/page-refusal.ts'
import type { Elsewhere, SignedInPerson } from '../accounts/sign-out.ts'
import type { Groups } from '../accounts/groups.ts'
import type { Users } from '../accounts/users.ts'
import type { Answer, Endpoint, Exchange, Upload } from '../http/exchange.ts'
import { jsonAnswer } from '../http/exchange.ts'
import type { SafeFetch } from '../http/safe-fetch.ts'
import type { ProviderButton } from '../pages/provider-buttons.ts'
import type { TokenPairs } from '../tokens/pairs.ts'
import type { TokenCookies } from '../tokens/endpoints/token-cookies.ts'
import { type AppSignInsOptions, createAppSignIns } from './app-sign-ins.ts'
import { checkRedirectUris } from './app-wish.ts'
import { createBrowserMarks } from './browser-mark.ts'
import { appCodeEndpoint } from './endpoints/app-code.ts'
import { begin, onward } from './endpoints/begin.ts'
import { callbackEndpoint } from './endpoints/callback.ts'
import { codeForTokensEndpoint } from './endpoints/code-for-tokens.ts'
import { confirmLinkEndpoint } from './endpoints/confirm-link.ts'
import { joinEndpoint } from './endpoints/join.ts'
import { samlMetadataEndpoint } from './endpoints/saml-metadata.ts'
import {
  appPath,
  callbackPath,
  confirmLinkPath,
  joinPath,
  metadataPath,
  type SocialTools,
  startPath,
} from './endpoints/social-tools.ts'
import { startEndpoint } from './endpoints/start.ts'
import { createConsumed } from '../storage/consumed.ts'
import { createProvider } from './create-provider.ts'
import { createForeignSignIn, type ForeignSignInOptions } from './foreign-sign-in.ts'
import { createLinkedAccounts, type LinkedAccounts, type LinkedAccountsOptions } from './linked-accounts.ts'
import { createPendingLinks } from './pending-links.ts'
import type { Provider } from './provider.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { createProviderSignIns } from './provider-sign-ins.ts'
import { createProviderTokens, type ProviderTokens } from './provider-tokens.ts'
import { createSealedTokens } from './sealed-tokens.ts'
import { createRuleEffects, type RuleEffectsOptions } from './rule-effects.ts'

export interface SocialOptions
  extends
    Pick<AppSignInsOptions, 'codeLifetime'>,
    Pick<RuleEffectsOptions, 'organisations' | 'onUnknown'>,
    Pick<ForeignSignInOptions, 'isSignUpOpen' | 'terms'>,
    Pick<LinkedAccountsOptions, 'database' | 'sealer' | 'hasOtherWayIn' | 'notify'>,
    Pick<SocialTools, 'sessions' | 'completion' | 'csrf' | 'origin'>,
    Partial<
      Pick<SocialTools, 'site' | 'secure' | 'nextOrigins' | 'redirectUris' | 'freshFor' | 'throttle' | 'onRefused'>
    > {
  /** The providers that people may sign in with, in the order of their buttons. */
  readonly providers: readonly ProviderSettings[]
  /** How a provider is asked. */
  readonly fetchFor: (provider: ProviderSettings) => SafeFetch
  readonly users: Pick<Users, 'find' | 'update'>
  readonly groups: Pick<Groups, 'list' | 'of' | 'add' | 'remove'>
  readonly pairs: Pick<TokenPairs, 'obtain'>
  /** Hands pairs of tokens out in cookies (in the body). */
  readonly cookies?: TokenCookies | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** An endpoint at a path, as the server's table of routes takes it. */
export interface SocialRoute {
  readonly path: string
  readonly methods: Readonly<Record<string, Endpoint>>
  /** The most bytes of a body that comes there, where that may be larger than others (none). */
  readonly uploads?: Readonly<Record<string, Upload>>
}

/** Signing in by way of other providers. */
export interface Social {
  readonly routes: readonly SocialRoute[]
  /** The buttons of the sign-in page. */
  readonly buttons: readonly ProviderButton[]
  readonly settings: readonly ProviderSettings[]
  /** Where a sign-in with a provider begins, and where it comes back to, as paths. */
  readonly pathsOf: (provider: string) => { readonly start: string; readonly callback: string }
  /** The providers themselves, by id. */
  readonly providers: ReadonlyMap<string, Provider>
  readonly linked: LinkedAccounts
  /** The tokens that providers gave, fresh, for an application that calls their APIs. */
  readonly tokens: ProviderTokens
  /** Whether some addresses sign in at a provider alone. */
  readonly hasDomains: boolean
  /**
   * For somebody who typed a name at the sign-in page: where an address of that domain signs in elsewhere, what leads there.
   * `null` for every other name. The request has to have passed the check against forgery.
   */
  readonly forLogin: (login: string) => ((request: Exchange, next: string) => Promise<Answer>) | null
  /**
   * Where to sign out at the provider that somebody came from, with the name of the provider; `null` where the settings do
   * not say so, or the provider has no such place, or cannot be asked.
   */
  readonly signOut: (request: Exchange, who: SignedInPerson) => Promise<Elsewhere | null>
}

/** Throws `TypeError` for settings that cannot be. */
export function createSocial(options: SocialOptions): Social {
  const { providers: list, database, sealer, clock = Date.now, site = {}, secure = true, redirectUris = [] } = options
  checkRedirectUris(redirectUris)
  const consumed = createConsumed({ database, clock })
  const providers = new Map(
    list.map((settings) => [
      settings.id,
      createProvider({ settings, consumed, fetch: options.fetchFor(settings), clock }),
    ]),
  )
  const { terms = null, hasOtherWayIn, isSignUpOpen, onUnknown, codeLifetime } = options
  const linked = createLinkedAccounts({
    database,
    sealer,
    providers: list,
    clock,
    notify: options.notify,
    ...(hasOtherWayIn === undefined ? {} : { hasOtherWayIn }),
  })
  const ruleEffects = createRuleEffects({
    groups: options.groups,
    users: options.users,
    organisations: options.organisations,
    ...(onUnknown === undefined ? {} : { onUnknown }),
  })
  const paths = {
    base: '/accounts/social/',
    signIn: '/accounts/login/',
    signOut: '/accounts/logout/',
    linked: '/account/linked/',
    providers: '/admin/sign-in-providers/',
    home: '/',
  }
  const appSignIns = createAppSignIns({ database, clock, ...(codeLifetime === undefined ? {} : { codeLifetime }) })
  const tools: SocialTools = {
    providers,
    linked,
    appSignIns,
    paths,
    clock,
    site,
    secure,
    redirectUris,
    marks: createBrowserMarks({ secure }),
    signIns: createProviderSignIns({ database, clock }),
    pendingLinks: createPendingLinks({ database, clock }),
    foreign: createForeignSignIn({
      database,
      linked,
      ruleEffects,
      terms,
      clock,
      ...(isSignUpOpen === undefined ? {} : { isSignUpOpen }),
    }),
    // What is linked, and what an application is told, would outlive an emergency.
    sessions: ordinarySessions(options.sessions),
    completion: options.completion,
    csrf: options.csrf,
    origin: options.origin,
    refusal: createPageRefusal({ site, secure, signIn: paths.signIn, keepsOpener: true, clock }),
    nextOrigins: options.nextOrigins ?? [],
    freshFor: options.freshFor ?? 600,
    throttle: options.throttle ?? (async () => undefined),
    onRefused: options.onRefused ?? (() => undefined),
  }

  const buttons = list.map(({ id, name }) => ({ id, name, action: startPath(paths, id) }))
  const byDomain = new Map(list.flatMap(({ id, domains }) => domains.map((domain) => [domain, id])))

  const routes = [...providers.values()].flatMap((provider): SocialRoute[] => [
    { path: startPath(paths, provider.settings.id), methods: startEndpoint(tools, provider) },
    {
      path: callbackPath(paths, provider.settings.id),
      methods: callbackEndpoint(tools, provider),
      // A response names every group that somebody is in, and is sent twice: by the provider, and by our page.
      ...(provider.settings.saml !== null && {
        uploads: { [callbackPath(paths, provider.settings.id)]: { limit: largestResponse } },
      }),
    },
    ...samlRoutes(tools, provider.settings),
  ])
  const shared: SocialRoute[] = [
    { path: confirmLinkPath(paths), methods: confirmLinkEndpoint(tools) },
    ...(terms === null ? [] : [{ path: joinPath(paths), methods: joinEndpoint(tools, terms) }]),
    { path: appPath(paths), methods: { GET: appCodeEndpoint(tools) } },
    {
      path: '/api/token/social/',
      methods: { POST: codeForTokensEndpoint({ appSignIns, pairs: options.pairs, cookies: options.cookies }) },
    },
    {
      path: '/api/sign-in-providers/',
      methods: { GET: async () => jsonAnswer(buttons.map(({ id, name, action }) => ({ id, name, start: action }))) },
    },
  ]

  return {
    routes: list.length === 0 ? [] : [...routes, ...shared],
    buttons,
    providers,
    settings: list,
    pathsOf: (provider) => ({ start: startPath(paths, provider), callback: callbackPath(paths, provider) }),
    linked,
    tokens: createProviderTokens({
      database,
      sealed: createSealedTokens({ sealer, providers: list }),
      providers,
      clock,
    }),
    hasDomains: byDomain.size > 0,

    forLogin: (login) => {
      const domain = login.trim().toLowerCase().split('@')[1] ?? ''
      const provider = providers.get(byDomain.get(domain) ?? '')
      if (provider === undefined) return null
      return async (request, next) => {
        const wish = { purpose: 'sign_in', next, isFresh: false, app: null, loginHint: login.trim() } as const
        const { location, cookie } = await begin(tools, provider, request, wish)
        return onward(tools, provider.settings.name, location, [cookie])
      }
    },

    signOut: async (request, { userId, amr }) => {
      if (!amr.includes('fed')) return null
      const last = await linked.lastUsed(userId)
      const provider = last === null ? undefined : providers.get(last.provider)
      if (last === null || provider?.settings.signOut !== true) return null
      // Signing out here must not hang on the other side: where it cannot be asked, it is left out.
      const url = await provider.signOutUrl(last.idToken, tools.origin(request) + paths.signOut).catch(() => null)
      return url === null ? null : { href: url.href, name: provider.settings.name }
    },
  }
}

/** Bytes of a response of SAML, in base64. */
const largestResponse = 524_288

function samlRoutes(tools: SocialTools, { id, saml }: ProviderSettings): readonly SocialRoute[] {
  return saml === null ? [] : [{ path: metadataPath(tools.paths, id), methods: samlMetadataEndpoint(tools, id, saml) }]
}
