import type { User } from '../core/identity.ts'
import { type ConsentPage, consentPage } from '../pages/consent.ts'
import type { AuthorizationRequest } from './checks/authorization-request.ts'
import type { Allowed, Consents } from './consents.ts'
import { formTargets } from './form-targets.ts'
import type { ScopeCatalogue } from './scopes.ts'
import type { UserClaims } from './user-claims.ts'

export interface ConsentNeedsOptions {
  readonly consents: Pick<Consents, 'covers'>
  readonly userClaims: Pick<UserClaims, 'table'>
  /** Sentences for people. */
  readonly scopes: ScopeCatalogue
  /** Seconds for which an answer is remembered (90 days). */
  readonly grantLifetime?: number
}

/** Whether people are asked before a client gets what it asks for, and what they are shown. */
export interface ConsentNeeds {
  readonly isNeeded: (request: AuthorizationRequest, user: User) => Promise<boolean>
  /** Whether the answer is remembered. */
  readonly isRemembered: (request: AuthorizationRequest) => boolean
  /** What has to be allowed: the scopes, and those of claims that are asked for one by one. */
  readonly wantedBy: (request: AuthorizationRequest) => Pick<Allowed, 'scopes' | 'resources'>
  readonly page: (
    request: AuthorizationRequest,
    page: Pick<ConsentPage, 'site' | 'action' | 'fields' | 'decision' | 'user' | 'otherUser'>,
  ) => Promise<{ readonly body: string; readonly formAction: readonly string[] }>
}

export function createConsentNeeds(options: ConsentNeedsOptions): ConsentNeeds {
  const { consents, userClaims, scopes: catalogue, grantLifetime = 7_776_000 } = options

  function wantedBy({
    client,
    scopes,
    resources,
    claims,
  }: AuthorizationRequest): Pick<Allowed, 'scopes' | 'resources'> {
    const names = [claims?.id_token, claims?.userinfo].flatMap((some) => Object.keys(some ?? {}))
    const more = names
      .map((name) => (Object.hasOwn(userClaims.table, name) ? (userClaims.table[name]?.scope ?? null) : null))
      .filter((scope) => scope !== null && client.scopes.includes(scope))
    return { scopes: [...new Set([...scopes, ...more])].filter((scope) => scope !== null), resources }
  }

  /**
   * What calls itself a public client may be another (RFC 6749, section 10.2; RFC 8252, section 8.6), so that an answer is
   * never remembered for it.
   */
  function isRemembered({ client }: AuthorizationRequest): boolean {
    return client.isConfidential && (client.metadata.consent ?? 'once') === 'once'
  }

  return {
    wantedBy,
    isRemembered,

    isNeeded: async (request, user) => {
      const { client, redirectUri, prompts } = request
      if (prompts.includes('consent')) return true
      // One of the house is known by where its answers go, unless any program on a device can take them there.
      if (client.metadata.consent === 'never') return !client.isConfidential && !redirectUri.startsWith('https://')
      if (!isRemembered(request)) return true
      return !(await consents.covers({ userId: user.id, clientKey: client.key, ...wantedBy(request) }))
    },

    page: async (request, page) => {
      const { client, redirectUri } = request
      const { scopes, resources } = wantedBy(request)
      const body = await consentPage({
        ...page,
        application: client.name,
        isReviewed: client.source === 'manual',
        scopes: scopes.map((scope) => catalogue[scope] ?? scope),
        resources: resources.map((uri) => new URL(uri).host || uri),
        redirectUri,
        remembered: isRemembered(request) ? Math.floor(grantLifetime / 86_400) : 0,
      })
      return { body, formAction: formTargets(client) }
    },
  }
}
