import { z } from 'zod'
import type { Groups } from '../../accounts/groups.ts'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { RequestRefused } from '../../core/errors.ts'
import { actingUser } from '../acting-user.ts'
import { bulkActions, bulkLimit, type BulkUsers } from './bulk-users.ts'
import { freshly } from '../../api/operations-asking-for-proof.ts'
import { isInPerson } from '../in-person.ts'
import { mayAdminister } from '../may-administer.ts'

export interface BulkUsersApiStores {
  readonly bulkUsers: BulkUsers
  readonly groups: Pick<Groups, 'find'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The same to many accounts at once, as the list of the console does it. */
export function bulkUsersApi({ bulkUsers, groups, clock }: BulkUsersApiStores): Operation {
  return operation({
    tag: 'Users',
    permission: freshly(mayAdminister, clock),
    method: 'POST',
    path: '/api/admin/users/bulk/',
    summary: 'Do the same to many users',
    description:
      'To one after the other. Whoever may not be touched, or is not there any more, is left out, and the answer says why.',
    body: z.strictObject({
      action: z.enum(bulkActions),
      ids: z.array(z.string().max(64)).min(1).max(bulkLimit),
      group: z.string().max(64).optional().meta({ description: 'The id of a group, for add_to_group alone.' }),
      dry_run: z.boolean().optional().meta({ description: 'Whether it is only said what would happen (false).' }),
    }),
    answer: json(
      z.object({
        done: z.array(z.string()).meta({ description: 'The ids of those whom it was done to.' }),
        left_out: z.array(z.object({ id: z.string(), username: z.string().nullable(), detail: z.string() })),
      }),
    ),
    handler: async ({ identity, body: { dry_run: isDry = false, ...asked }, by }) => {
      const isGroup = asked.action === 'add_to_group'
      if (isGroup !== (asked.group !== undefined)) {
        throw faulty(isGroup ? 'It is required.' : 'It goes with add_to_group alone.')
      }
      if (asked.group !== undefined && (await groups.find(asked.group)) === null)
        throw faulty('There is no such group.')
      const actor = actingUser(identity)
      const wanted = { ...asked, isInPerson: isInPerson(identity) }
      const { users, left } = await (isDry ? bulkUsers.plan(actor, wanted) : bulkUsers.run(actor, wanted, by))
      return {
        done: users.map(({ id }) => id),
        left_out: left.map(({ id, name, why }) => ({ id, username: name, detail: why })),
      }
    },
  })
}

function faulty(sentence: string): RequestRefused {
  return new RequestRefused('invalid', undefined, { body: { group: [sentence] } })
}
