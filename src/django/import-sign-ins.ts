import { formatId } from '../storage/id.ts'
import { importedKey } from '../storage/imported-credentials.ts'
import type { RefreshFamilyRow, RefreshTokenRow } from '../storage/schema.ts'
import { keyIn, textIn, timeIn } from './columns.ts'
import { type Came, type Importing, newAmong } from './importing.ts'
import { rowsOf } from './source.ts'

export interface ImportSignInsOptions {
  readonly users: Came
  /** Seconds that the tokens of one sign-in are refreshed for, at most. */
  readonly familyLifetime: number
}

/**
 * The refresh tokens of SimpleJWT that are neither spent nor expired, as far as its table of outstanding tokens knows them:
 * whoever shows one gets the next pair, of ours. Access tokens do not come: they live for minutes.
 */
export async function importSignIns(importing: Importing, options: ImportSignInsOptions): Promise<void> {
  const { source, imports, database, by, now, isDryRun } = importing
  const tally = importing.tally('refresh tokens of SimpleJWT')
  const spent = await spentIn(importing)
  for await (const batch of source.batches('token_blacklist_outstandingtoken', 'id')) {
    const live = batch.filter((row) => !spent.has(keyIn(row, 'id') ?? '') && (timeIn(row, 'expires_at') ?? 0) > now)
    const fresh = await newAmong(live, { imports, tally, model, keyOf: (row) => importedKey(textIn(row, 'token')) })
    const made = fresh.flatMap((row) => {
      const text = textIn(row, 'token')
      // One that was made by rotation stands there without its user, and says itself whose it is.
      const user = options.users.get(keyIn(row, 'user_id') ?? userIn(text) ?? '')
      if (user === undefined) {
        tally.left(`refresh token ${keyIn(row, 'id') ?? ''}`, 'Its user does not come.')
        return []
      }
      tally.made()
      return [signInOf({ text, user, expiresAt: timeIn(row, 'expires_at') ?? now }, importing, options)]
    })
    if (isDryRun || made.length === 0) continue
    await database.write(async (unit) => {
      await unit
        .insertInto('refresh_families')
        .values(made.map(({ family }) => family))
        .execute()
      await unit
        .insertInto('refresh_tokens')
        .values(made.map(({ token }) => token))
        .execute()
      await imports.add(
        unit,
        model,
        made.map(({ key, token }) => ({ key, id: token.id })),
      )
      for (const { family } of made) {
        const subject = `refresh_family:${formatId(family.id)}`
        const detail = { user: formatId(family.user_id), from: 'django' }
        await database.audit(unit, { actor: by.actor ?? 'system', event: 'family.created', subject, detail })
      }
    })
  }
}

/** As the token endpoints ask for it. */
const model = 'token_blacklist.outstandingtoken'

/** The keys of those that were exchanged or signed out. */
async function spentIn({ source }: Importing): Promise<ReadonlySet<string>> {
  const spent = new Set<string>()
  for await (const row of rowsOf(source, 'token_blacklist_blacklistedtoken', 'id'))
    spent.add(keyIn(row, 'token_id') ?? '')
  return spent
}

/** What a JWT says of whose it is: it stands in the table, where only the project writes. */
function userIn(text: string): string | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
    const user = (claims as { readonly user_id?: unknown } | null)?.user_id
    return typeof user === 'number' || typeof user === 'string' ? String(user) : null
  } catch {
    return null
  }
}

function signInOf(
  { text, user, expiresAt }: { readonly text: string; readonly user: bigint; readonly expiresAt: number },
  { database, now }: Pick<Importing, 'database' | 'now'>,
  { familyLifetime }: ImportSignInsOptions,
): { readonly key: string; readonly family: RefreshFamilyRow; readonly token: RefreshTokenRow } {
  const family: RefreshFamilyRow = {
    id: database.newId(),
    user_id: user,
    created_at: now,
    expires_at: now + familyLifetime * 1000,
    revoked_at: null,
    revoked_for: null,
    claims: '{}',
  }
  const token: RefreshTokenRow = {
    id: database.newId(),
    family_id: family.id,
    created_at: now,
    expires_at: Math.min(expiresAt, family.expires_at),
    spent_at: null,
    next_id: null,
    asked_by: null,
    answer: null,
  }
  return { key: importedKey(text), family, token }
}
