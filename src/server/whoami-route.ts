import { z } from 'zod'
import { described } from '../api/described.ts'
import type { Auth } from '../core/auth.ts'
import { scopesOf } from '../core/identity.ts'
import { jsonAnswer } from '../http/exchange.ts'
import { isAuthenticated } from '../permissions/is-authenticated.ts'
import type { Route } from './route.ts'

/** `GET /api/whoami/`: tells whoever asks who they are and by which way, with what bounds them. The first call of every credential. */
export function whoamiRoute(auth: Pick<Auth, 'require'>): Route {
  return {
    path: '/api/whoami/',
    guard: async (request) => auth.require(request),
    methods: {
      GET: async (request) => {
        const identity = await auth.require(request)
        const { via, principal } = identity
        const { kind, id, name } = principal
        const { organisation } = principal
        const bound =
          organisation === undefined ? {} : { organisation: { id: organisation.id, slug: organisation.slug } }
        return jsonAnswer({ via, principal: { kind, id, name, ...bound }, scopes: scopesOf(identity) })
      },
    },
    operations: [
      described({
        method: 'GET',
        path: '/api/whoami/',
        tag: 'Accounts',
        summary: 'Ask who one is here, and by which way in',
        permission: isAuthenticated,
        answers: z.object({
          via: z.string(),
          principal: z.object({
            kind: z.enum(['user', 'service_account', 'client']),
            id: z.string(),
            name: z.string(),
            organisation: z
              .object({ id: z.string(), slug: z.string() })
              .optional()
              .meta({ description: 'The organisation that the credential speaks for, and no other.' }),
          }),
          scopes: z.array(z.string()).nullable(),
        }),
      }),
    ],
  }
}
