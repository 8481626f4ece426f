import type { CompleteSignIn } from '../../accounts/complete-sign-in.ts'
import type { PageRefusal } from '../../accounts/page-refusal.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import type { AuthError } from '../../core/errors.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Site } from '../../pages/layout.ts'
import type { AppSignIns } from '../app-sign-ins.ts'
import type { BrowserMarks } from '../browser-mark.ts'
import type { ForeignSignIn } from '../foreign-sign-in.ts'
import type { LinkedAccounts } from '../linked-accounts.ts'
import type { PendingLinks } from '../pending-links.ts'
import type { Provider } from '../provider.ts'
import type { ProviderSignIns } from '../provider-sign-ins.ts'

/** What the endpoints of signing in by way of providers work with. */
export interface SocialTools {
  /** By id, in the order of the settings. */
  readonly providers: ReadonlyMap<string, Provider>
  readonly marks: BrowserMarks
  readonly signIns: ProviderSignIns
  readonly linked: LinkedAccounts
  readonly foreign: ForeignSignIn
  readonly pendingLinks: PendingLinks
  readonly appSignIns: AppSignIns
  readonly sessions: Pick<Sessions, 'cookieName' | 'find'>
  readonly completion: Pick<CompleteSignIn, 'complete'>
  readonly csrf: Csrf
  readonly refusal: PageRefusal
  /** Where this site is, as the browser sees it, without a slash at the end. */
  readonly origin: (request: Exchange) => string
  readonly paths: SocialPaths
  readonly nextOrigins: readonly string[]
  /** Where applications may be told of a sign-in. */
  readonly redirectUris: readonly string[]
  /** Seconds for which a sign-in counts as fresh. */
  readonly freshFor: number
  /** Holds back a caller who begins too many; throws `throttled`. */
  readonly throttle: (request: Exchange) => Promise<void>
  /** Hears of what was refused, for the log. */
  readonly onRefused: (refused: { readonly provider: string; readonly error: AuthError }) => void
  readonly site: Site
  readonly secure: boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export interface SocialPaths {
  /** What the addresses of all providers begin with. */
  readonly base: string
  readonly signIn: string
  readonly signOut: string
  /** Where people see what is linked with their account. */
  readonly linked: string
  /** Where staff see the providers, and try them out. */
  readonly providers: string
  readonly home: string
}

/** Refuses as every page does, and tells the log at which provider it was. */
export function refusalAt(
  { refusal, onRefused }: Pick<SocialTools, 'refusal' | 'onRefused'>,
  provider: string,
): PageRefusal {
  return async (request, error) => {
    onRefused({ provider, error })
    return refusal(request, error)
  }
}

/** Where a provider's sign-in begins, and where it comes back to. */
export function startPath({ base }: SocialPaths, provider: string): string {
  return `${base}${provider}/`
}

export function callbackPath(paths: SocialPaths, provider: string): string {
  return `${startPath(paths, provider)}callback/`
}

/** What a SAML provider reads about this site. */
export function metadataPath(paths: SocialPaths, provider: string): string {
  return `${startPath(paths, provider)}metadata/`
}

/** The page that asks whether to link two accounts. */
export function confirmLinkPath({ base }: SocialPaths): string {
  return `${base}link/`
}

/** The page on which somebody new accepts the terms. */
export function joinPath({ base }: SocialPaths): string {
  return `${base}join/`
}

/** Where a browser passes on the way back to an application. */
export function appPath({ base }: SocialPaths): string {
  return `${base}app/`
}
