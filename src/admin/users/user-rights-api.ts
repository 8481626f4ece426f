import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id } from '../../api/wire-values.ts'
import type { FindRights, Right } from '../../organisations/rights.ts'
import { mayAdminister } from '../may-administer.ts'

/** What a user may do, and by what, for administrators. */
export function userRightsApi({ findRights }: { readonly findRights: FindRights }): readonly Operation[] {
  return [
    operation({
      tag: 'Users',
      permission: mayAdminister,
      params: { id: id('a user') },
      object: { find: async ({ path: asked }: Asked) => findRights(asked.id) },
      method: 'GET',
      path: '/api/admin/users/{id}/rights/',
      summary: 'Read what a user may do, and by what',
      description:
        'Where is_superuser holds, every permission is theirs; where is_active does not, none is, whatever else stands there.',
      query: {
        permission: z.string().max(100).optional().meta({ description: 'Only this one, such as notes.change (all).' }),
      },
      answer: json(rights),
      handler: async ({ object, query: { permission } }) => {
        const only = (all: readonly Right[]): readonly Right[] =>
          permission === undefined ? all : all.filter((one) => one.permission === permission)
        return {
          is_active: object.isActive,
          is_superuser: object.isSuperuser,
          roles: object.roles,
          everywhere: only(object.everywhere),
          organisations: object.organisations.map(({ id: organisation, slug, rights: own }) => ({
            organisation,
            slug,
            rights: only(own),
          })),
        }
      },
    }),
  ]
}

interface Asked {
  readonly path: { readonly id: string }
}

const right = z.object({
  permission: z.string(),
  from: z.array(z.string()).readonly().meta({ description: 'In words: the group Editors.' }),
})

const rights = z
  .object({
    is_active: z.boolean(),
    is_superuser: z.boolean(),
    roles: z.array(z.string()).readonly().meta({ description: 'Those that count everywhere.' }),
    everywhere: z.array(right).readonly(),
    organisations: z
      .array(z.object({ organisation: z.string(), slug: z.string(), rights: z.array(right).readonly() }))
      .readonly(),
  })
  .meta({ id: 'UserRights', description: 'What a user may do, with the reason for each.' })
