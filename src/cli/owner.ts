import { meantUser } from '../accounts/meant-user.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import type { Instance } from '../server/instance.ts'
import type { Owner } from '../tokens/owner.ts'
import { CommandMisused, CommandRefused } from './command-refused.ts'

/** Who is acted for, as options name them. */
export interface OwnerOptions {
  readonly user?: string
  readonly serviceAccount?: string
}

/** Refuses options that name no owner, or two. */
export function checkOwner({ user, serviceAccount }: OwnerOptions): void {
  if ((user === undefined) === (serviceAccount === undefined)) {
    throw new CommandMisused('Name one owner: --user NAME or --service-account NAME.')
  }
}

/** Finds the user or service account that an option names. */
export async function ownerNamed(instance: Instance, { user, serviceAccount }: OwnerOptions): Promise<Owner> {
  if (user !== undefined) return { kind: 'user', id: (await userNamed(instance, user)).id }
  const accounts = await instance.serviceAccounts.list()
  const found = accounts.find(({ name, id }) => name === serviceAccount || id === serviceAccount)
  if (found === undefined)
    throw new CommandRefused(
      `There is no service account ${serviceAccount}. Make it with: doorward create-service-account`,
    )
  return { kind: 'service_account', id: found.id }
}

export async function userNamed({ users }: Instance, name: string): Promise<UserRecord> {
  const found = await users.findByLogin(name)
  if (found === null) throw new CommandRefused(`There is no user ${name}. Make one with: doorward create-user ${name}`)
  return found
}

/** The same for whoever is given something. */
export async function receiverNamed(instance: Instance, name: string): Promise<UserRecord> {
  const { id } = await userNamed(instance, name)
  const found = await meantUser(instance.users, name)
  if (found?.id === id) return found
  throw new CommandRefused(
    `Nobody has verified that ${name} is their address: it may be a stranger's account. Name it by its username, or verify the address first.`,
  )
}

/** `90d`, `12h` or seconds; `null` where nothing was given. */
export function durationOption(text: string | undefined): number | null {
  if (text === undefined) return null
  const [, number, unit = 's'] = /^(\d+)([smhd]?)$/.exec(text) ?? []
  if (number === undefined) throw new CommandMisused(`${text} is no duration. Write it like 90d, 12h, 30m or 60s.`)
  return Number(number) * { s: 1, m: 60, h: 3600, d: 86_400 }[(unit === '' ? 's' : unit) as 's' | 'm' | 'h' | 'd']
}

/** By whom the audit log says that it was done. */
export const byCommandLine = { actor: 'system' } as const
