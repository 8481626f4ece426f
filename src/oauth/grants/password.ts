import type { Passwords } from '../../accounts/passwords.ts'
import type { User } from '../../core/identity.ts'
import type { Database } from '../../storage/database.ts'
import { parseId } from '../../storage/id.ts'
import { actorOf } from '../../tokens/owner.ts'
import { requestedResources } from '../checks/resources.ts'
import { grantOf, type Grants, subjectOf } from '../grants.ts'
import type { IdTokens } from '../id-tokens.ts'
import type { Issuing } from '../issuing.ts'
import { OAuthError } from '../oauth-error.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import { requestedScopes, type ScopeCatalogue } from '../scopes.ts'
import type { GrantType } from './grant-type.ts'

export interface PasswordOptions {
  readonly database: Pick<Database, 'append'>
  readonly passwords: Pick<Passwords, 'verify'>
  readonly grants: Pick<Grants, 'make'>
  readonly issuing: Pick<Issuing, 'forUser'>
  readonly refreshTokens: Pick<RefreshTokens, 'first' | 'getsRefreshToken'>
  readonly scopes: ScopeCatalogue
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** Signs ID tokens (there are none). */
  readonly idTokens?: Pick<IdTokens, 'sign'>
  /** Whether a user has to show more than a password, which this grant cannot ask for (nobody has to). */
  readonly needsSecondFactor?: (user: User) => Promise<boolean>
  /** Seconds that a grant lives, however often it is refreshed (90 days). */
  readonly grantLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The user hands their password to the client (RFC 6749, section 4.3). RFC 9700, section 2.4, says that it must not be used:
 * it is there for clients from before, where a server offers it by name. Guessing is stopped as at every other way in.
 */
export function password(options: PasswordOptions): GrantType {
  const { database, passwords, grants, issuing, refreshTokens, scopes: catalogue, clock = Date.now } = options
  const { idTokens, needsSecondFactor = async () => false, grantLifetime = 7_776_000 } = options

  return {
    name: 'password',
    answer: async ({ client, parameters, confirmation, exchange }) => {
      const login = parameters.need('username')
      const scopes = requestedScopes(client, parameters.get('scope'), catalogue)
      const audience = requestedResources(client, parameters, options.audience)
      // Before the password is looked at: what ends the user's access meanwhile ends this grant too.
      const now = Math.floor(clock())
      const user = await passwords.verify(login, parameters.need('password'), exchange)
      const userId = user === null ? null : parseId(user.id)
      if (user === null || userId === null || (await needsSecondFactor(user))) throw notRight()

      const made = grants.make({
        clientKey: client.key,
        userId,
        signInId: null,
        scopes,
        resources: audience,
        isOffline: scopes.includes('offline_access'),
        expiresAt: now + grantLifetime * 1000,
        detail: { by: 'password', authTime: Math.floor(now / 1000), amr: ['pwd'] },
      })
      const row = { ...made, created_at: now }
      const grant = grantOf(row)
      const { answer, rows } = issuing.forUser({ client, user, grant, scopes, audience, confirmation, exchange })
      const refresh = refreshTokens.getsRefreshToken(client, scopes)
        ? refreshTokens.first({ grant, client, confirmation, now })
        : null
      const idToken =
        idTokens !== undefined && scopes.includes('openid')
          ? await idTokens.sign({ client, user, grant, accessToken: answer.access_token, scopes })
          : null
      const created = {
        event: 'grant.created',
        actor: actorOf(user),
        subject: subjectOf(grant.id),
        address: exchange.address,
        requestId: exchange.requestId ?? null,
        detail: { client: client.id, scopes: row.scopes, resources: row.resources },
      }
      await database.append({
        ...rows,
        grants: row,
        ...(refresh === null ? {} : { grant_tokens: refresh.row }),
        audit: [created, ...[rows.audit ?? []].flat()],
      })
      return {
        ...answer,
        ...(refresh === null ? {} : { refresh_token: refresh.text }),
        ...(idToken === null ? {} : { id_token: idToken }),
      }
    },
  }
}

/** The same for a wrong password, nobody, and one whose password is not enough (RFC 6749, section 5.2). */
function notRight(): OAuthError {
  return new OAuthError('invalid_grant', 'The username and the password are not right.')
}
