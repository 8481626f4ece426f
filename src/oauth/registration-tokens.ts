import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone } from '../storage/id.ts'
import type { RegistrationTokenRow, Schema } from '../storage/schema.ts'
import { credentialName } from '../tokens/credential-name.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { By } from '../tokens/owner.ts'

/** An initial access token (RFC 7591, section 3), without its secret. */
export interface RegistrationToken {
  readonly id: string
  readonly name: string
  readonly masked: string
  /** How many clients it may still register; `null`: any number. */
  readonly usesLeft: number | null
  /** Milliseconds since 1970; `null`: no end. */
  readonly expiresAt: number | null
  readonly createdAt: number
}

export interface NewRegistrationToken {
  /** What administrators know it by. */
  readonly name: string
  /** How many clients it may register (1); `null`: any number. */
  readonly uses?: number | null
  /** Seconds that it lives (7 days); `null`: no end. */
  readonly expiresIn?: number | null
  readonly by: By
}

export interface RegistrationTokensOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Initial access tokens: whoever holds one may register clients, as many as it is good for. */
export interface RegistrationTokens {
  /** Makes one. The text is shown this once. Throws `RequestRefused` (`invalid`) for a bad name, number or lifetime. */
  readonly create: (
    wanted: NewRegistrationToken,
  ) => Promise<{ readonly text: string; readonly record: RegistrationToken }>
  /** Finds one that is still good: `null` for every other, whatever the reason. It is not used up by that. */
  readonly find: (text: string) => Promise<RegistrationToken | null>
  /** Uses one up, once, in the unit that registers the client: `false` where it is spent or over. */
  readonly use: (unit: Transaction<Schema>, id: string) => Promise<boolean>
  /** All of them, newest first. */
  readonly list: () => Promise<readonly RegistrationToken[]>
  /** Ends one: `false` where there was none. Clients that it registered stay. */
  readonly revoke: (id: string, options: { readonly by: By }) => Promise<boolean>
}

export function createRegistrationTokens({
  database,
  format,
  clock = Date.now,
}: RegistrationTokensOptions): RegistrationTokens {
  function recordOf({ id, name, uses_left, created_at, expires_at }: RegistrationTokenRow): RegistrationToken {
    return {
      id: formatId(id),
      name,
      masked: format.mask('init', id),
      usesLeft: uses_left,
      expiresAt: expires_at,
      createdAt: created_at,
    }
  }

  return {
    create: async ({ name, uses = 1, expiresIn = 7 * 86_400, by }) => {
      checkWhole('uses', uses)
      checkWhole('expiresIn', expiresIn)
      const now = Math.floor(clock())
      const id = database.newId()
      const { text, digest } = format.make('init', id)
      const row = {
        id,
        digest,
        name: credentialName(name),
        uses_left: uses,
        created_at: now,
        expires_at: expiresIn === null ? null : now + expiresIn * 1000,
      }
      await database.write(async (unit) => {
        await unit.insertInto('registration_tokens').values(row).execute()
        const detail = { name: row.name, uses, expires_at: row.expires_at }
        await database.audit(unit, { ...by, event: 'registration_token.created', subject: subjectOf(id), detail })
      })
      return { text, record: recordOf(row) }
    },
    find: async (text) => {
      const token = format.parse(text)
      if (token?.kind !== 'init') return null
      const query = database.read.selectFrom('registration_tokens').selectAll().where('id', '=', token.id)
      const row = await query.executeTakeFirst()
      if (row === undefined || !equalBytes(row.digest, token.digest)) return null
      const isOver = row.uses_left === 0 || (row.expires_at !== null && clock() >= row.expires_at)
      return isOver ? null : recordOf(row)
    },
    use: async (unit, id) => {
      const used = await unit
        .updateTable('registration_tokens')
        // Where any number is allowed, null stays null.
        .set((row) => ({ uses_left: row('uses_left', '-', 1) }))
        .where('id', '=', idOrNone(id))
        .where((row) => row.or([row('uses_left', 'is', null), row('uses_left', '>', 0)]))
        .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', Math.floor(clock()))]))
        .returning('id')
        .executeTakeFirst()
      return used !== undefined
    },
    list: async () => {
      const rows = await database.read.selectFrom('registration_tokens').selectAll().orderBy('id', 'desc').execute()
      return rows.map(recordOf)
    },
    revoke: async (id, { by }) =>
      database.write(async (unit) => {
        const gone = await unit
          .deleteFrom('registration_tokens')
          .where('id', '=', idOrNone(id))
          .returning(['id', 'name'])
          .executeTakeFirst()
        if (gone === undefined) return false
        const detail = { name: gone.name }
        await database.audit(unit, { ...by, event: 'registration_token.revoked', subject: subjectOf(gone.id), detail })
        return true
      }),
  }
}

function subjectOf(id: bigint): string {
  return `registration_token:${formatId(id)}`
}

function checkWhole(name: string, value: number | null): void {
  if (value === null || (Number.isSafeInteger(value) && value > 0)) return
  throw new RequestRefused('invalid', `${name} has to be a whole number above 0.`)
}
