import { z } from 'zod'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { id, moment, toMoment } from '../api/wire-values.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Identity, User } from '../core/identity.ts'
import type { TrustedBrowsers } from '../factors/trusted-browsers.ts'
import { allOf } from '../permissions/all-of.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'

/** The browsers that do not ask for a second factor, for programs: what `/account/devices/` shows. By the session of that person. */
export function rememberedBrowsersApi({ trusted }: { readonly trusted: TrustedBrowsers | null }): {
  readonly path: string
  readonly operations: readonly Operation[]
} {
  const own = { tag: 'Own second factors', permission: allOf(isUser, isVia('session')) }
  return {
    path,
    operations: [
      operation({
        ...own,
        method: 'GET',
        path,
        summary: 'List the browsers that do not ask for a second factor',
        answer: json(z.object({ browsers: z.array(browser) })),
        handler: async ({ identity, request }) => {
          const here = trusted?.idOf(request) ?? null
          const all = (await trusted?.list(userOf(identity).id)) ?? []
          return {
            browsers: all.map((one) => ({
              id: one.id,
              user_agent: one.userAgent,
              address: one.address,
              created_at: toMoment(one.createdAt),
              expires_at: toMoment(one.expiresAt),
              is_this: one.id === here,
            })),
          }
        },
      }),
      operation({
        ...own,
        method: 'DELETE',
        path,
        summary: 'Ask for the second factor everywhere again',
        answer: nothing,
        handler: async ({ identity, by }) => trusted?.forget(userOf(identity).id, by).then(() => undefined),
      }),
      operation({
        ...own,
        method: 'DELETE',
        path: `${path}{id}/`,
        params: { id: id('a remembered browser') },
        summary: 'Ask for the second factor in that browser again',
        refuses: ['not_found'],
        answer: nothing,
        handler: async ({ identity, by, path: { id: browserId } }) => {
          const was = (await trusted?.end(browserId, userOf(identity).id, by)) ?? false
          if (!was) throw new RequestRefused('not_found')
          return undefined
        },
      }),
    ],
  }
}

const path = '/api/account/browsers/'

const browser = z.object({
  id: z.string(),
  user_agent: z.string().nullable(),
  address: z.string().nullable(),
  created_at: moment,
  expires_at: moment,
  is_this: z.boolean(),
})

/** The permission has seen to it that it is a person with a session. */
function userOf(identity: Identity | null): User {
  if (identity?.principal.kind !== 'user') throw new RequestRefused('not_found')
  return identity.principal
}
