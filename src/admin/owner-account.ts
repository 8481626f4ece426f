import type { UserRecord } from '../accounts/user-record.ts'
import type { Users } from '../accounts/users.ts'
import { z } from 'zod'
import type { Owner } from '../tokens/owner.ts'

/** Whom a credential belongs to, as it goes over the wire. */
export interface OwnerAnswer {
  readonly kind: 'user' | 'service_account'
  readonly id: string
}

export const owner: z.ZodType<OwnerAnswer, OwnerAnswer> = z
  .object({ kind: z.enum(['user', 'service_account']), id: z.string() })
  .meta({ id: 'Owner', description: 'A user or a service account.' })

/** The account of whom a credential belongs to; `null` for a service account. */
export async function accountOf(users: Pick<Users, 'find'>, { kind, id }: Owner): Promise<UserRecord | null> {
  return kind === 'user' ? users.find(id) : null
}

/** Reads `user:4fQ…` or `service_account:4fQ…`, as the audit log writes it. */
export const ownerSent: z.ZodType<Owner, string> = z
  .string()
  .regex(/^(?:user|service_account):\w{1,64}$/, 'It has to be user: or service_account: and an id.')
  .transform((text): Owner => {
    const [kind, id = ''] = text.split(':')
    return { kind: kind === 'user' ? 'user' : 'service_account', id }
  })
  .meta({ description: 'Only those of user:… or service_account:… (all).' })
