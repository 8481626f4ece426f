import type { Membership, User } from '../core/identity.ts'
import { consentForm, type ConsentPage, consentPage } from '../pages/consent.ts'
import { parseId } from '../storage/id.ts'
import type { AuthorizationRequest } from './checks/authorization-request.ts'
import type { NamedClaims } from './checks/claims.ts'
import type { Allowed, Consents } from './consents.ts'
import { formTargets } from './form-targets.ts'
import type { FindShownLogo } from './logos/client-logos.ts'
import { ownPagesOf } from './own-pages.ts'
import { OAuthError } from './oauth-error.ts'
import { isScopeAllowed, scopeBoxes } from './scope-choice.ts'
import type { ScopeCatalogue } from './scopes.ts'
import { nobody, type Publishers } from './publishers.ts'
import type { UserClaims } from './user-claims.ts'

export interface ConsentNeedsOptions {
  readonly consents: Pick<Consents, 'covers'>
  readonly userClaims: Pick<UserClaims, 'table'>
  readonly findShownLogo: FindShownLogo
  readonly publishers: Publishers
  /** Sentences for people. */
  readonly scopes: ScopeCatalogue
  /** Seconds for which an answer is remembered (90 days). */
  readonly grantLifetime?: number
  /** Whether people may allow some of the scopes, and leave others out (false). */
  readonly scopeChoice?: boolean
}

/** Whether people are asked before a client gets what it asks for, and what they are shown. */
export interface ConsentNeeds {
  /** `organisation` is the one that it is for, `null` for wherever the user belongs. */
  readonly isNeeded: (
    request: AuthorizationRequest,
    user: User,
    organisation: Pick<Membership, 'id'> | null,
  ) => Promise<boolean>
  /** Whether the answer is remembered. */
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
    page: Pick<ConsentPage, 'site' | 'action' | 'fields' | 'decision' | 'user' | 'otherUser' | 'organisation'>,
  ) => Promise<{ readonly body: string; readonly formAction: readonly string[] }>
}

export function createConsentNeeds(options: ConsentNeedsOptions): ConsentNeeds {
  const { consents, userClaims, scopes: catalogue, grantLifetime = 7_776_000, scopeChoice = false } = options

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

  return {
    wantedBy,
    isRemembered,

    isNeeded: async (request, user, organisation) => {
      const { client, redirectUri, prompts } = request
      if (prompts.includes('consent')) return true
      // One of the house is known by where its answers go, unless any program on a device can take them there.
      if (client.metadata.consent === 'never') return !client.isConfidential && !redirectUri.startsWith('https://')
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

    page: async (request, page) => {
      const { client, redirectUri } = request
      const { scopes, resources } = wantedBy(request)
      const body = await consentPage({
        ...page,
        application: client.name,
        publisher: (await options.publishers([client.id])).get(client.id) ?? nobody,
        isReviewed: client.source === 'manual',
        logo: await options.findShownLogo(client),
        ownPages: ownPagesOf(client.metadata),
        scopes: scopes.map((scope) => catalogue[scope] ?? scope),
        choice: scopeChoice ? scopeBoxes(scopes, consentForm) : undefined,
        resources: resources.map((uri) => new URL(uri).host || uri),
        redirectUri,
        remembered: isRemembered(request) ? Math.floor(grantLifetime / 86_400) : 0,
      })
      return { body, formAction: formTargets(client) }
    },
  }
}

/** The scope of everything under `/api/admin/`. */
const administration = 'admin'
