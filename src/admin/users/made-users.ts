import type { Transaction } from 'kysely'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { PasswordHasher } from '../../crypto/password-hash.ts'
import { strengthened } from '../../crypto/weak-passwords.ts'
import type { AuthenticatorApps } from '../../factors/authenticator-apps.ts'
import type { Schema } from '../../storage/schema.ts'
import type { By } from '../../tokens/owner.ts'
import type { ImportedRow } from './imported-users.ts'

export interface MadeUsersStores {
  readonly users: Pick<Users, 'create'>
  readonly apps: Pick<AuthenticatorApps, 'adopt'>
  readonly hasher: Pick<PasswordHasher, 'hash'>
}

/**
 * Makes the users of rows that can be made, each with its own row in the audit log. Somebody may have taken a name since the rows
 * were looked at: then that row is left out, and says so. Some at once, since units that come together are written together.
 */
export async function madeUsers(
  rows: readonly ImportedRow[],
  { users, apps, hasher }: MadeUsersStores,
  by: By,
): Promise<readonly ImportedRow[]> {
  const done: ImportedRow[] = []
  for (let start = 0; start < rows.length; start += atOnce) {
    const part = rows.slice(start, start + atOnce).map(async (row) => {
      if (row.user === null) return row
      const { user, totpSecret: secret } = row
      // Whoever had a second factor is never here without it.
      const after = async (unit: Transaction<Schema>, id: bigint): Promise<void> =>
        apps.adopt(unit, id, secret ?? noBytes, by)
      const stored = user.passwordHash ?? ''
      const passwordHash = (await strengthened(stored, hasher)) ?? user.passwordHash
      const values = { ...user, passwordHash, source: 'import' as const }
      const creating = users.create(values, by, undefined, secret === null ? undefined : after)
      return { ...row, fault: await faultOf(creating) }
    })
    done.push(...(await Promise.all(part)))
  }
  return done
}

const atOnce = 50
const noBytes = new Uint8Array()

async function faultOf(creating: Promise<unknown>): Promise<string | null> {
  try {
    await creating
    return null
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    return error.message
  }
}

/** What a file holds, counted. */
export interface ImportReport {
  readonly good: number
  readonly left: number
  /** Of the good rows: password hashes by kind, and whether passwords can be verified against them. */
  readonly hashes: readonly { readonly kind: string; readonly count: number; readonly isUsable: boolean }[]
  /** Good rows whose users have to set a password by a link. */
  readonly withoutPassword: number
  /** Good rows whose authenticator app goes on, and those with second factors that cannot. */
  readonly apps: number
  readonly losing: number
  /** Rows left out since the file or the database has them already. */
  readonly doubled: number
}

export function importReport(rows: readonly ImportedRow[]): ImportReport {
  const good = rows.filter(({ fault }) => fault === null)
  const hashes = new Map<string, { kind: string; count: number; isUsable: boolean }>()
  for (const { hash } of good) {
    if (hash === null) continue
    const key = `${hash.kind} ${hash.hash !== null}`
    const seen = hashes.get(key) ?? { kind: hash.kind, count: 0, isUsable: hash.hash !== null }
    hashes.set(key, { ...seen, count: seen.count + 1 })
  }
  return {
    good: good.length,
    left: rows.length - good.length,
    hashes: [...hashes.values()],
    withoutPassword: good.filter(({ hash }) => hash?.hash === undefined || hash.hash === null).length,
    apps: good.filter(({ totpSecret }) => totpSecret !== null).length,
    losing: good.filter(({ losesFactors }) => losesFactors).length,
    doubled: rows.filter(({ fault }) => fault !== null && /already/.test(fault)).length,
  }
}
