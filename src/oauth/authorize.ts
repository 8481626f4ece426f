import type { SessionAuth } from '../accounts/session-finder.ts'
import type { Membership, User } from '../core/identity.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Database, Rows } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import { boundUser } from '../tokens/bound-user.ts'
import { actorOf } from '../tokens/owner.ts'
import { acrOf } from './acr.ts'
import type { Said } from './answer-client.ts'
import type { AuthorizationRequest } from './checks/authorization-request.ts'
import { essentialAcr } from './checks/claims.ts'
import type { Codes } from './codes.ts'
import type { Consents } from './consents.ts'
import { type Grant, grantOf, type Grants, subjectOf } from './grants.ts'
import type { IdTokens } from './id-tokens.ts'
import { isOffline } from './is-offline.ts'
import type { Issuing } from './issuing.ts'
import { OAuthError } from './oauth-error.ts'
import type { OrganisationChoices } from './organisation-choices.ts'
import type { PushedRequest, PushedRequests } from './pushed-requests.ts'
import { storeRows } from './store-rows.ts'

export interface AuthorizeOptions {
  readonly database: Database
  readonly grants: Pick<Grants, 'make'>
  readonly codes: Pick<Codes, 'make'>
  readonly consents: Pick<Consents, 'remember' | 'drop'>
  readonly organisationChoices: Pick<OrganisationChoices, 'remember'>
  readonly issuing: Pick<Issuing, 'forUser'>
  readonly idTokens: Pick<IdTokens, 'sign'>
  readonly pushedRequests: Pick<PushedRequests, 'spend'>
  /** Seconds after which a user has to allow a client anew (90 days). */
  readonly grantLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** An authorization that a user gives. */
export interface NewAuthorization {
  readonly request: AuthorizationRequest
  readonly user: User
  readonly session: SessionAuth
  /** The pushed request that it is for, which is used up by it (none). */
  readonly pushed: PushedRequest | null
  /** What the user has allowed just now, to be remembered; `once`: they want it not to be (it was allowed before, or never is). */
  readonly remembered: { readonly scopes: readonly string[]; readonly resources: readonly string[] } | 'once' | null
  /** The organisation that it is for, and no other; `null`: wherever the user belongs. */
  readonly organisation: Pick<Membership, 'id'> | null
  /** Whether that one is taken from now on without asking; `null`: nobody was asked. */
  readonly prefers: boolean | null
  readonly exchange: Exchange
}

/** Turns what a user allows into a grant, and says what goes back to the client. All that is new is stored in one unit. */
export type Authorize = (authorization: NewAuthorization) => Promise<Said>

export function createAuthorize(options: AuthorizeOptions): Authorize {
  const {
    database,
    grants,
    codes,
    consents,
    organisationChoices,
    issuing,
    idTokens,
    pushedRequests,
    clock = Date.now,
  } = options
  const { grantLifetime = 7_776_000 } = options

  async function store(rows: Rows, authorization: NewAuthorization): Promise<void> {
    const { request, user, pushed, remembered, prefers } = authorization
    if (pushed === null && remembered === null && prefers === null) return database.append(rows)
    return database.write(async (unit) => {
      if (pushed !== null && !(await pushedRequests.spend(unit, pushed))) {
        throw new OAuthError('invalid_request_uri', 'The pushed request was used before, or is over.')
      }
      await storeRows(database, unit, rows)
      const organisationId = organisationOf(authorization)
      const clientKey = request.client.key
      const { id: userId } = user
      if (remembered === 'once') await consents.drop(unit, { userId, clientKey })
      else if (remembered !== null) await consents.remember(unit, { userId, clientKey, organisationId, ...remembered })
      if (organisationId === null || ((remembered === null || remembered === 'once') && prefers === null)) return
      const choice = { userId: userOf(user), clientKey, organisationId, isPreferred: prefers }
      await organisationChoices.remember(unit, choice)
    })
  }

  return async (authorization) => {
    const { request, session, exchange } = authorization
    const user = boundUser(authorization.user, organisationOf(authorization))
    if (user === null) throw new TypeError('The user does not belong to the organisation.')
    const { client, responseType, scopes, resources, state } = request
    const now = Math.floor(clock())
    const row = grants.make(grantFor(authorization, now + grantLifetime * 1000))
    const grant = grantOf(row)
    const code = responseType.code
      ? codes.make({
          grantId: grant.id,
          redirectUri: request.sentRedirectUri,
          codeChallenge: request.codeChallenge,
          dpopJkt: request.dpopJkt,
          now,
        })
      : null
    const audience = resources
    const token = responseType.token
      ? issuing.forUser({ client, user, grant, scopes, audience, confirmation: null, exchange })
      : null
    const idToken = responseType.idToken
      ? await idTokens.sign({
          client,
          user,
          grant,
          scopes,
          accessToken: token?.answer.access_token,
          code: code?.text,
          state: state ?? undefined,
        })
      : undefined
    const created = {
      event: 'grant.created',
      actor: actorOf(user),
      subject: subjectOf(grant.id),
      address: exchange.address,
      requestId: exchange.requestId ?? null,
      detail: {
        client: client.id,
        scopes: scopes.join(' '),
        resources: resources.join(' '),
        session: session.id,
        ...(user.organisation === undefined ? {} : { organisation: user.organisation.slug }),
      },
    }
    await store(
      {
        grants: row,
        authorization_codes: code === null ? [] : [code.row],
        access_tokens: [token?.rows.access_tokens ?? []].flat(),
        audit: [created, ...[token?.rows.audit ?? []].flat()],
      },
      authorization,
    )
    return { code: code?.text, ...token?.answer, id_token: idToken }
  }
}

function grantFor(authorization: NewAuthorization, expiresAt: number): Omit<Grant, 'id' | 'createdAt' | 'lastUsedAt'> {
  const { request, user, session } = authorization
  const { client, scopes, resources, nonce, claims, acrValues, responseType } = request
  const acr = acrOf(session.amr, essentialAcr(claims) ?? acrValues)
  return {
    clientKey: client.key,
    userId: userOf(user),
    signInId: parseId(session.signInId),
    scopes,
    resources,
    isOffline: isOffline(scopes),
    expiresAt,
    organisationId: organisationOf(authorization),
    detail: {
      by: responseType.code ? 'authorization_code' : 'implicit',
      authTime: Math.floor(session.authenticatedAt / 1000),
      amr: session.amr,
      ...(acr === undefined ? {} : { acr }),
      ...(nonce === null ? {} : { nonce }),
      ...(claims === undefined ? {} : { claims }),
    },
  }
}

function userOf({ id }: User): bigint {
  const userId = parseId(id)
  if (userId === null) throw new TypeError('The id of the user is none.')
  return userId
}

function organisationOf({ organisation }: NewAuthorization): bigint | null {
  return organisation === null ? null : parseId(organisation.id)
}
