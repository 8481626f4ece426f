import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { OrganisationRow, Schema } from '../storage/schema.ts'
import { wordsOf } from '../tokens/principal.ts'
import { standingPermissions } from '../tokens/standing.ts'

/** Throws `RequestRefused` (`invalid`) where a role of an organisation would allow more than the organisation may. */
export function checkRoleLimits(permissions: string, { allowed_permissions }: OrganisationRow): void {
  const beyond = wordsOf(permissions).filter((one) => !ofEvery.has(one) && !wordsOf(allowed_permissions).includes(one))
  if (beyond.length === 0) return
  const message = `The organisation may not give: ${beyond.join(' ')}.`
  throw new RequestRefused('invalid', message, { body: { permissions: [message] } })
}

/**
 * Takes from roles and service accounts of an organisation what is beyond its new limits. Gives back whether anything was
 * taken from them.
 */
export async function withinLimits(
  unit: Transaction<Schema>,
  after: OrganisationRow,
  before: OrganisationRow,
): Promise<boolean> {
  const fewerPermissions = isFewer(after.allowed_permissions, before.allowed_permissions)
  if (!fewerPermissions && !isFewer(after.allowed_scopes, before.allowed_scopes)) return false
  const permissions = new Set(wordsOf(after.allowed_permissions))
  const scopes = new Set(wordsOf(after.allowed_scopes))

  const roles = await unit.selectFrom('roles').selectAll().where('organisation_id', '=', after.id).execute()
  let isTaken = false
  for (const role of roles) {
    const kept = only(role.permissions, (one) => permissions.has(one) || ofEvery.has(one))
    if (kept === role.permissions) continue
    await unit.updateTable('roles').set({ permissions: kept }).where('id', '=', role.id).execute()
    isTaken = true
  }
  const accounts = unit.selectFrom('service_accounts').selectAll().where('organisation_id', '=', after.id)
  for (const account of await accounts.execute()) {
    const kept = {
      permissions: only(account.permissions, (one) => permissions.has(one)),
      scopes: only(account.scopes, (one) => scopes.has(one)),
    }
    if (kept.permissions === account.permissions && kept.scopes === account.scopes) continue
    await unit.updateTable('service_accounts').set(kept).where('id', '=', account.id).execute()
  }
  return isTaken
}

/** What every organisation may let its members do: it concerns nothing but itself. */
const ofEvery: ReadonlySet<string> = new Set(standingPermissions.owner)

function isFewer(after: string, before: string): boolean {
  const kept = new Set(wordsOf(after))
  return wordsOf(before).some((one) => !kept.has(one))
}

function only(list: string, isKept: (word: string) => boolean): string {
  return wordsOf(list).filter(isKept).join(' ')
}
