import { eventBy } from '../accounts/acted-by.ts'
import { formatId } from '../storage/id.ts'
import { importedKey } from '../storage/imported-credentials.ts'
import type { RefreshFamilyRow, RefreshTokenRow } from '../storage/schema.ts'
import { keyIn, textIn, timeIn } from './columns.ts'
import { type Came, type Importing, newAmong, type NewHere, takeIn } from './importing.ts'
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
  const { source, imports, now } = importing
  const tally = importing.tally('refresh tokens of SimpleJWT')
  const spent = await spentIn(importing)
  for await (const batch of source.batches('token_blacklist_outstandingtoken', 'id')) {
    const live = batch.filter((row) => !spent.has(keyIn(row, 'id') ?? '') && (timeIn(row, 'expires_at') ?? 0) > now)
    const fresh = await newAmong(live, { imports, tally, model, keyOf: (row) => importedKey(textIn(row, 'token')) })
    const made = fresh.flatMap((row) => {
      const text = textIn(row, 'token')
      // One that was made by rotation stands there without its user and its time, and says them itself.
      const said = saidIn(text)
      const user = options.users.get(keyIn(row, 'user_id') ?? said.user ?? '')
      if (user === undefined) {
        tally.left(`refresh token ${keyIn(row, 'id') ?? ''}`, 'Its user does not come.')
        return []
      }
      tally.made()
      const createdAt = Math.min(timeIn(row, 'created_at') ?? said.issuedAt ?? now, now)
      return [signInOf({ text, user, createdAt, expiresAt: timeIn(row, 'expires_at') ?? now }, importing, options)]
    })
    await takeIn(importing, { model, came: made }, async (unit) => {
      await unit
        .insertInto('refresh_families')
        .values(made.map(({ family }) => family))
        .execute()
      await unit
        .insertInto('refresh_tokens')
        .values(made.map(({ token }) => token))
        .execute()
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

/** What a JWT says of itself, time in milliseconds: it stands in the table, where only the project writes. */
function saidIn(text: string): { readonly user: string | null; readonly issuedAt: number | null } {
  const { user_id: user, iat } = claimsIn(text)
  return {
    user: typeof user === 'number' || typeof user === 'string' ? String(user) : null,
    issuedAt: typeof iat === 'number' ? iat * 1000 : null,
  }
}

function claimsIn(text: string): { readonly user_id?: unknown; readonly iat?: unknown } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
    return claims ?? {}
  } catch {
    return {}
  }
}

interface SignedIn {
  readonly text: string
  readonly user: bigint
  /** Milliseconds since 1970: whoever signed out everywhere here since has ended it by that. */
  readonly createdAt: number
  readonly expiresAt: number
}

function signInOf(
  { text, user, createdAt, expiresAt }: SignedIn,
  { database, now, by }: Pick<Importing, 'database' | 'now' | 'by'>,
  { familyLifetime }: ImportSignInsOptions,
): NewHere & { readonly family: RefreshFamilyRow; readonly token: RefreshTokenRow } {
  const family: RefreshFamilyRow = {
    id: database.newId(),
    user_id: user,
    created_at: createdAt,
    expires_at: now + familyLifetime * 1000,
    revoked_at: null,
    revoked_for: null,
    claims: '{}',
  }
  const token: RefreshTokenRow = {
    id: database.newId(),
    family_id: family.id,
    created_at: createdAt,
    expires_at: Math.min(expiresAt, family.expires_at),
    spent_at: null,
    next_id: null,
    asked_by: null,
    answer: null,
  }
  const detail = { user: formatId(user), from: 'django' }
  const event = eventBy(by, 'family.created', `refresh_family:${formatId(family.id)}`, detail)
  return { key: importedKey(text), id: token.id, event, family, token }
}
