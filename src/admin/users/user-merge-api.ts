import { z } from 'zod'
import type { MergeUsers } from '../../accounts/merge-users.ts'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id } from '../../api/wire-values.ts'
import { checkInPerson } from '../in-person.ts'
import { mayGovern } from '../may-administer.ts'

export interface UserMergeApiStores {
  readonly mergeUsers: MergeUsers
}

/** Makes two accounts of one person into one. */
export function userMergeApi({ mergeUsers }: UserMergeApiStores): Operation {
  return operation({
    tag: 'Users',
    permission: mayGovern,
    method: 'POST',
    path: '/api/admin/users/{id}/merge/',
    summary: 'Make another account part of this one',
    description:
      'What the other has goes over, but for its grants of applications, which end with its sign-ins. It stays as a disabled account that names this one. Not by a key or a token.',
    refuses: ['conflict'],
    params: { id: id('the user that stays') },
    body: z.strictObject({
      other: id('the user that ends'),
      dry_run: z.boolean().optional().meta({ description: 'Whether it is only said what would happen (false).' }),
    }),
    answer: json(
      z.object({
        moved: counts.meta({ description: 'What goes over, by table.' }),
        both: counts.meta({ description: 'What both have: that of this one stays.' }),
        ended: counts.meta({ description: 'What ends.' }),
        takes_email: z.boolean().meta({ description: 'Whether this one has no address, and gets that of the other.' }),
      }),
    ),
    handler: async ({ identity, path, body: { other, dry_run: isDry = false }, by }) => {
      checkInPerson(identity)
      const { takesEmail, ...plan } = await mergeUsers[isDry ? 'plan' : 'merge'](path.id, other, by)
      return { ...plan, takes_email: takesEmail }
    },
  })
}

const counts = z.record(z.string(), z.int())
