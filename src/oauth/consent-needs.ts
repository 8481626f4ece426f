import type { Membership, User } from '../core/identity.ts'
import { consentForm, type ConsentPage, consentPage, type Remembering } from '../pages/consent.ts'
import { parseId } from '../storage/id.ts'
import { type AskedScopesOptions, askedScopes } from './asked-scopes.ts'
import type { AuthorizationRequest } from './checks/authorization-request.ts'
import type { NamedClaims } from './checks/claims.ts'
import type { OAuthClient } from './client.ts'
import type { Allowed, Consents } from './consents.ts'
import { formTargets } from './form-targets.ts'
import type { FindShownLogo } from './logos/client-logos.ts'
import { ownPagesOf } from './own-pages.ts'
import { OAuthError } from './oauth-error.ts'
import { isOffline } from './is-offline.ts'
import { nobody, type Publishers } from './publishers.ts'
import { isScopeAllowed } from './scope-choice.ts'
import { rememberConsentField } from './sent-request.ts'
import type { UserClaims } from './user-claims.ts'

export interface ConsentNeedsOptions extends AskedScopesOptions {
  readonly consents: Pick<Consents, 'covers' | 'has'>
  readonly userClaims: Pick<UserClaims, 'table'>
  readonly findShownLogo: FindShownLogo
  readonly publishers: Publishers
  /** Seconds for which an answer is remembered (90 days). */
  readonly grantLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Whether people are asked before a client gets what it asks for, and what they are shown. */
export interface ConsentNeeds {
  /** `organisation` is the one that it is for, `null` for wherever the user belongs. */
  readonly isNeeded: (
    request: AuthorizationRequest,
    user: User,
    organisation: Pick<Membership, 'id'> | null,
  ) => Promise<boolean>
  /** Whether the answer is remembered, where the person wants it to be. */
  readonly isRemembered: (request: AuthorizationRequest) => boolean
  /** What has to be allowed: the scopes, and those of claims that are asked for one by one. */
  readonly wantedBy: (request: AuthorizationRequest) => Pick<Allowed, 'scopes' | 'resources'>
  /**
   * The request as far as the person has allowed it, where they had the choice: what stays are `openid`, without which it would
   * be none of OpenID Connect, and what is ticked. Throws `OAuthError` (`access_denied`) where nothing is left.
   */
  readonly allowed: (request: AuthorizationRequest, ticked: readonly string[]) => AuthorizationRequest
  readonly page: (
    request: AuthorizationRequest,
    user: Pick<User, 'id'>,
    page: Pick<ConsentPage, 'site' | 'action' | 'fields' | 'decision' | 'user' | 'otherUser' | 'organisation'>,
  ) => Promise<{ readonly body: string; readonly formAction: readonly string[] }>
}

export function createConsentNeeds(options: ConsentNeedsOptions): ConsentNeeds {
  const { consents, userClaims, grantLifetime = 7_776_000, scopeChoice = false, clock = Date.now } = options

  function wantedBy({
    client,
    scopes,
    resources,
    claims,
  }: AuthorizationRequest): Pick<Allowed, 'scopes' | 'resources'> {
    const names = [claims?.id_token, claims?.userinfo].flatMap((some) => Object.keys(some ?? {}))
    const more = names.map(scopeOf).filter((scope) => scope !== null && client.scopes.includes(scope))
    return { scopes: [...new Set([...scopes, ...more])].filter((scope) => scope !== null), resources }
  }

  /** The scope that a claim belongs to, `null` where it has none. */
  function scopeOf(claim: string): string | null {
    return Object.hasOwn(userClaims.table, claim) ? (userClaims.table[claim]?.scope ?? null) : null
  }

  /** Claims that are asked for one by one go with their scope. */
  function without(claims: NamedClaims | undefined, isLeft: (scope: string) => boolean): NamedClaims | undefined {
    if (claims === undefined) return undefined
    const left = Object.entries(claims).filter(([name]) => isLeft(scopeOf(name) ?? ''))
    return Object.fromEntries(left)
  }

  /**
   * What calls itself a public client may be another (RFC 6749, section 10.2; RFC 8252, section 8.6), so that an answer is
   * never remembered for it. Nor is one that gives away administration: whoever may change where the answers of a client go
   * would get the rights of a superuser who allowed it once.
   */
  function isRemembered(request: AuthorizationRequest): boolean {
    const { client } = request
    const isOnce = client.isConfidential && (client.metadata.consent ?? 'once') === 'once'
    return isOnce && !wantedBy(request).scopes.includes(administration)
  }

  /**
   * What the page offers. The box is ticked to begin with, but not for what registers itself: nobody here has looked at that,
   * so it is remembered for whoever says so, and ticked where it is remembered now.
   */
  async function remembering(request: AuthorizationRequest, { id: userId }: Pick<User, 'id'>): Promise<Remembering> {
    const { client } = request
    if (!isRemembered(request)) return isTrusted(request) ? 'unless asked to' : 'always'
    const isTicked = !isSelfRegistered(client) || (await consents.has({ userId, clientKey: client.key }))
    return { field: rememberConsentField, days: Math.floor(grantLifetime / 86_400), isTicked }
  }

  return {
    wantedBy,
    isRemembered,

    isNeeded: async (request, user, organisation) => {
      const { client, prompts } = request
      if (prompts.includes('consent')) return true
      if (client.metadata.consent === 'never') return !isTrusted(request)
      if (!isRemembered(request)) return true
      const organisationId = organisation === null ? null : parseId(organisation.id)
      const wanted = { ...wantedBy(request), organisationId }
      return !(await consents.covers({ userId: user.id, clientKey: client.key, ...wanted }))
    },

    allowed: (request, ticked) => {
      if (!scopeChoice) return request
      const isAllowed = (scope: string): boolean => isScopeAllowed(scope, ticked)
      const scopes = request.scopes.filter(isAllowed)
      if (scopes.length === 0) throw new OAuthError('access_denied', 'The person did not allow it.')
      const wanted = wantedBy(request).scopes
      const isLeft = (scope: string): boolean => !wanted.includes(scope) || isAllowed(scope)
      const { id_token, userinfo } = request.claims ?? {}
      const [forIdToken, forUserInfo] = [without(id_token, isLeft), without(userinfo, isLeft)]
      const claims = {
        ...(forIdToken === undefined ? {} : { id_token: forIdToken }),
        ...(forUserInfo === undefined ? {} : { userinfo: forUserInfo }),
      }
      return { ...request, scopes, claims: request.claims === undefined ? undefined : claims }
    },

    page: async (request, user, page) => {
      const { client, redirectUri } = request
      const { scopes, resources } = wantedBy(request)
      const body = await consentPage({
        ...page,
        application: client.name,
        publisher: (await options.publishers([client.id])).get(client.id) ?? nobody,
        isReviewed: client.source === 'manual',
        logo: await options.findShownLogo(client),
        ownPages: ownPagesOf(client.metadata),
        ...askedScopes(options, scopes, consentForm),
        resources: resources.map((uri) => new URL(uri).host || uri),
        lasts: { seconds: grantLifetime, until: clock() + grantLifetime * 1000, isOffline: isOffline(request.scopes) },
        redirectUri,
        remember: await remembering(request, user),
      })
      return { body, formAction: formTargets(client) }
    },
  }
}

/** One of the house is known by where its answers go, unless any program on a device can take them there. */
function isTrusted({ client, redirectUri }: AuthorizationRequest): boolean {
  return client.metadata.consent === 'never' && (client.isConfidential || redirectUri.startsWith('https://'))
}

function isSelfRegistered({ source }: Pick<OAuthClient, 'source'>): boolean {
  return source === 'dynamic' || source === 'document'
}

/** The scope of everything under `/api/admin/`. */
const administration = 'admin'
