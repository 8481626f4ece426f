import type { Auth } from '../core/auth.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { type Exchange, jsonAnswer } from '../http/exchange.ts'
import { allOf } from '../permissions/all-of.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import { actorOf } from '../tokens/owner.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'

/**
 * `GET /api/applications/`: the clients that a user has allowed something; `DELETE /api/applications/<client_id>/` takes it back.
 * A client does not get to see the others: access tokens do not open this, nor do keys that were made for something else.
 */
export function allowedClientRoutes(
  { oauth: { allowedClients } }: Pick<Instance, 'oauth'>,
  auth: Pick<Auth, 'require'>,
): readonly Route[] {
  const guard = async (request: Exchange): Promise<Identity> => auth.require(request, permission)

  return [
    {
      path,
      takesPathsBelow: true,
      guard,
      methods: {
        GET: async (request) => {
          const { principal } = await guard(request)
          if (clientIdIn(request) !== null) throw new RequestRefused('not_found')
          const clients = await allowedClients.list(principal.id)
          return jsonAnswer(
            clients.map(({ clientId, since, lastUsedAt, isOffline, isReviewed, ...rest }) => ({
              client_id: clientId,
              ...rest,
              is_reviewed: isReviewed,
              since: new Date(since).toISOString(),
              last_used_at: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
              is_offline: isOffline,
            })),
          )
        },
        DELETE: async (request) => {
          const { principal } = await guard(request)
          const clientId = clientIdIn(request)
          if (clientId === null) {
            throw new RequestRefused('method_not_allowed', undefined, { headers: { allow: 'GET, HEAD, OPTIONS' } })
          }
          const by = { actor: actorOf(principal), address: request.address, requestId: request.requestId ?? null }
          // Of what another user allowed, one learns no more than of what is not there.
          if (!(await allowedClients.withdraw(principal.id, clientId, by))) throw new RequestRefused('not_found')
          return { status: 204, headers: [['cache-control', 'no-store']], body: '' }
        },
      },
    },
  ]
}

const path = '/api/applications/'
const permission = allOf(isUser, not(isVia('oauth2', 'apiKey')))

/** What stands in the address below the list; ids that are addresses themselves are escaped. `null`: nothing. */
function clientIdIn({ url }: Exchange): string | null {
  const [, rest = ''] = /\/api\/applications\/?([^?#]*)/.exec(url) ?? []
  try {
    return decodeURIComponent(rest.replace(/\/$/, '')) || null
  } catch {
    throw new RequestRefused('not_found')
  }
}
