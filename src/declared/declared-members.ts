import { z } from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { type Standing, standings } from '../tokens/standing.ts'
import { type DeclaredAction, type DeclaredStores, wrong } from './kind.ts'
import { allPages, userNamed } from './named.ts'

/** Somebody who belongs to an organisation: a user by their username, and what they are there (member). */
interface Declared {
  readonly user: string
  readonly role?: Standing | undefined
}

export const memberList: z.ZodType<readonly Declared[], readonly Declared[]> = z
  .array(z.strictObject({ user: z.string(), role: z.enum(standings).optional() }))
  .max(10_000)

/**
 * Makes these the members, each with their role (member). Those who are left out stay, unless the file is applied with `prune`. Owners
 * come first, so that there is always one; what would take the last away is refused by the store.
 */
export async function setMembers(
  stores: DeclaredStores,
  organisationId: string,
  declared: readonly Declared[],
  { by, prune = false }: DeclaredAction,
): Promise<void> {
  const wanted = await wantedIn(stores, declared)
  const there = await allPages(async (after) => {
    const page = await stores.members.list(organisationId, { limit: 200, ...(after === undefined ? {} : { after }) })
    return { items: page.members, next: page.next }
  })
  const standingOf = new Map(there.map(({ userId, standing }) => [userId, standing]))
  for (const { userId, role, count, isActive } of wanted) {
    const before = standingOf.get(userId)
    await told(count, async () => {
      if (before === undefined && !isActive) throw wrong('members', `No. ${count} is a user who is disabled.`)
      if (before === undefined) await stores.members.add(organisationId, userId, role, by)
      else if (before !== role) await stores.members.setStanding(organisationId, userId, role, by)
    })
  }
  if (!prune) return
  const kept = new Set(wanted.map(({ userId }) => userId))
  for (const { userId } of there) {
    if (!kept.has(userId)) await told(null, async () => stores.members.remove(organisationId, userId, by))
  }
}

interface Wanted {
  readonly userId: string
  readonly role: Standing
  readonly isActive: boolean
  /** Its place in the list, from one. */
  readonly count: number
}

async function wantedIn(stores: DeclaredStores, declared: readonly Declared[]): Promise<readonly Wanted[]> {
  const wanted = new Map<string, Wanted>()
  for (const [index, { user: username, role = 'member' }] of declared.entries()) {
    const count = index + 1
    const user = await userNamed(stores, username)
    if (user === null) throw wrong('members', `No. ${count} is no user.`)
    const other = wanted.get(user.id)
    if (other !== undefined) throw wrong('members', `No. ${count} is the same user as the one of no. ${other.count}.`)
    wanted.set(user.id, { userId: user.id, role, isActive: user.isActive, count })
  }
  return [...wanted.values()].toSorted((a, b) => Number(b.role === 'owner') - Number(a.role === 'owner'))
}

/** What the store refuses is the fault of the list. */
async function told(count: number | null, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.code !== 'conflict') throw error
    throw wrong('members', count === null ? error.message : `No. ${count} cannot be so: ${error.message}`)
  }
}
