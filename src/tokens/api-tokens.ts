import type { DeleteQueryBuilder, DeleteResult, Transaction } from 'kysely'
import type { Found } from '../core/authenticator.ts'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { ServiceAccount, User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import { digest } from '../crypto/digest.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { ApiTokenRow, Schema } from '../storage/schema.ts'
import { createApiTokenFinder } from './api-token-finder.ts'
import type { ApiTokenAuth, ApiTokenFinderOptions } from './api-token-finder.ts'
import { adoptedId, isAdoptable } from './adopted-token.ts'
import { apiTokenRecord, type ApiTokenRecord } from './api-token-record.ts'
import { credentialName } from './credential-name.ts'
import { actorOf, holdOwner, ownedBy, ownerColumns, ownerOf } from './owner.ts'
import type { By, Owner } from './owner.ts'

export type { ApiTokenRecord } from './api-token-record.ts'
export type { ApiTokenAuth, ApiTokenRefusal } from './api-token-finder.ts'

export interface ApiTokensOptions extends ApiTokenFinderOptions {
  /** How many live tokens an owner may have; `null`: any number (null). */
  readonly limit?: number | null
}

export interface IssueApiToken {
  readonly owner: Owner
  /** What its owner knows it by. */
  readonly name: string
  /** Seconds that it lives, `null` for ever (`lifetime`). Not together with `extend`. */
  readonly expiresIn?: number | null
  /** Whether it takes the place of the owner's tokens of the same name (false). */
  readonly replace?: boolean
  /** When its owner began to prove who they are: if they sign out everywhere after that, it is dead (now). */
  readonly since?: number
  /** Who makes it (its owner). */
  readonly by?: By
}

export interface ApiTokens {
  /**
   * Makes a token. The text is not kept, so this is the only time it can be shown. Throws `PermissionDenied` where the owner
   * has as many as they may have, `RequestRefused` (`invalid`) for a bad name, or an owner who is none or inactive.
   */
  readonly issue: (wanted: IssueApiToken) => Promise<{ readonly text: string; readonly record: ApiTokenRecord }>
  /**
   * Takes over a token that Django REST framework made, 40 hex digits: it goes on working as it is. Harmless twice. Throws
   * `RequestRefused` (`conflict`) for one that is somebody else's here.
   */
  readonly adopt: (token: {
    readonly owner: Owner
    readonly name: string
    readonly text: string
    readonly createdAt: number
    readonly by: By
    /** What else has to happen in the same unit (nothing). */
    readonly alongside?: (unit: Transaction<Schema>) => Promise<void>
  }) => Promise<ApiTokenRecord>
  /** Tells by its shape alone whether a text may be one of these. */
  readonly recognises: (text: string) => boolean
  /** Finds whom a token is for: one read. `null` for every one that is no good, whatever the reason. */
  readonly find: (text: string) => Promise<Found<User | ServiceAccount, ApiTokenAuth> | null>
  /** All tokens of an owner, newest first, expired ones included until they are purged. */
  readonly list: (owner: Owner) => Promise<readonly ApiTokenRecord[]>
  /** Ends a token; with `owner`, only if it is theirs. `false` where there was none. */
  readonly revoke: (id: string, options: { readonly by: By; readonly owner?: Owner }) => Promise<boolean>
  /** Ends all tokens of an owner, and tells how many. */
  readonly revokeAll: (owner: Owner, options: { readonly by: By }) => Promise<number>
  /** Writes what is still to be written. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

/**
 * Opaque tokens under `Authorization: Token …`, many to an owner, by name. Throws `TypeError` for options that are out of
 * range or contradict each other.
 */
export function createApiTokens(options: ApiTokensOptions): ApiTokens {
  const { database, format, lifetime = null, limit = null, extend = false, clock = Date.now } = options
  checkOptions(options)
  const finder = createApiTokenFinder(options)

  const recordOf = (row: Omit<ApiTokenRow, 'digest'>): ApiTokenRecord => apiTokenRecord(row, format)

  async function insert(
    row: ApiTokenRow,
    { by, replace }: { readonly by: By; readonly replace: boolean },
  ): Promise<void> {
    const owner = ownerOf(row)
    const isTheirs = ownedBy(owner)
    await database.write(async (unit) => {
      await holdOwner(unit, database.dialect, owner)
      if (replace) await remove(unit, by, (rows) => rows.where(...isTheirs).where('name', '=', row.name))
      const live = unit
        .selectFrom('api_tokens')
        .select((count) => count.fn.countAll<number>().as('count'))
        .where(...isTheirs)
        .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', row.created_at)]))
      const { numInsertedOrUpdatedRows: inserted } = await unit
        .insertInto('api_tokens')
        .columns(names)
        .expression(() => {
          const values = unit.selectNoFrom((from) => names.map((name) => from.val(row[name]).as(name)))
          return limit === null ? values : values.where(live, '<', limit)
        })
        .executeTakeFirst()
      if (inserted !== 1n)
        throw new PermissionDenied('permission_denied', `No more than ${limit} tokens are allowed. Revoke one first.`)
      await database.audit(unit, {
        ...by,
        event: 'token.created',
        subject: subjectOf(row.id),
        detail: { owner: actorOf(owner), name: row.name, expires_at: row.expires_at },
      })
    })
  }

  async function remove(unit: Transaction<Schema>, by: By, which: (rows: Deletion) => Deletion): Promise<number> {
    const removed = await which(unit.deleteFrom('api_tokens'))
      .returning(['id', 'name', 'user_id', 'service_account_id'])
      .execute()
    for (const row of removed) {
      const detail = { owner: actorOf(ownerOf(row)), name: row.name }
      await database.audit(unit, { ...by, event: 'token.revoked', subject: subjectOf(row.id), detail })
    }
    return removed.length
  }

  return {
    find: finder.find,
    recognises: (text) => format.recognises(text, 'pat') || isAdoptable(text),
    issue: async ({ owner, name, expiresIn = lifetime, replace = false, since, by = { actor: actorOf(owner) } }) => {
      if (expiresIn !== null) checkPositive('expiresIn', expiresIn)
      if (extend !== false && expiresIn !== lifetime) {
        throw new TypeError('issue: with extend, all tokens live by lifetime: leave expiresIn out.')
      }
      const now = Math.floor(clock())
      const id = database.newId()
      const { text, digest } = format.make('pat', id)
      const expires_at = expiresIn === null ? null : Math.floor(now + expiresIn * 1000)
      const row = {
        id,
        digest,
        ...ownerColumns(owner),
        name: credentialName(name),
        created_at: since ?? now,
        expires_at,
        last_used_at: null,
      }
      await insert(row, { by, replace })
      return { text, record: recordOf(row) }
    },
    adopt: async ({ owner, name, text, createdAt, by, alongside }) => {
      if (!isAdoptable(text)) throw new RequestRefused('invalid', 'Only tokens of 40 hex digits can be taken over.')
      const row = {
        id: adoptedId(text),
        digest: digest(text),
        ...ownerColumns(owner),
        name: credentialName(name),
        created_at: createdAt,
        expires_at: null,
        last_used_at: null,
      }
      return database.write(async (unit) => {
        await alongside?.(unit)
        const { numInsertedOrUpdatedRows: inserted } = await unit
          .insertInto('api_tokens')
          .values(row)
          .onConflict((same) => same.column('id').doNothing())
          .executeTakeFirst()
        if (inserted !== 1n) return recordOf(await sameAs(unit, row))
        const detail = { owner: actorOf(owner), name: row.name }
        await database.audit(unit, { ...by, event: 'token.adopted', subject: subjectOf(row.id), detail })
        return recordOf(row)
      })
    },
    list: async (owner) => {
      const rows = await database.read
        .selectFrom('api_tokens')
        .select(names)
        .where(...ownedBy(owner))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(recordOf)
    },
    revoke: async (id, { by, owner }) => {
      const wanted = parseId(id)
      if (wanted === null) return false
      const which = (rows: Deletion): Deletion => {
        const token = rows.where('id', '=', wanted)
        return owner === undefined ? token : token.where(...ownedBy(owner))
      }
      return database.write(async (unit) => (await remove(unit, by, which)) === 1)
    },
    revokeAll: async (owner, { by }) => {
      const isTheirs = ownedBy(owner)
      return database.write(async (unit) => remove(unit, by, (rows) => rows.where(...isTheirs)))
    },
    close: finder.close,
  }
}

type Deletion = DeleteQueryBuilder<Schema, 'api_tokens', DeleteResult>

const names = [
  'id',
  'digest',
  'user_id',
  'service_account_id',
  'name',
  'created_at',
  'expires_at',
  'last_used_at',
] as const satisfies readonly (keyof ApiTokenRow)[]

/** A token that was taken over stays whose it is: an import that is run again changes nothing, and gives nobody's token away. */
async function sameAs(unit: Transaction<Schema>, row: ApiTokenRow): Promise<ApiTokenRow> {
  const kept = await unit.selectFrom('api_tokens').select(names).where('id', '=', row.id).executeTakeFirst()
  const isSame =
    kept !== undefined &&
    kept.user_id === row.user_id &&
    kept.service_account_id === row.service_account_id &&
    equalBytes(kept.digest, row.digest)
  if (!isSame) throw new RequestRefused('conflict', 'This token is of somebody else.')
  return kept
}

function subjectOf(id: bigint): string {
  return `api_token:${formatId(id)}`
}

function checkOptions({ lifetime = null, limit = null, extend = false, precision = 60 }: ApiTokensOptions): void {
  if (lifetime !== null) checkPositive('lifetime', lifetime)
  if (limit !== null && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new TypeError('createApiTokens: limit must be a whole number from 1, or null for any number.')
  }
  checkPositive('precision', precision)
  if (extend === false) return
  if (lifetime === null) throw new TypeError('createApiTokens: extend needs a lifetime, by which each use extends.')
  if (extend.interval !== undefined) checkPositive('extend.interval', extend.interval)
  if (extend.max !== undefined) checkPositive('extend.max', extend.max)
}

function checkPositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new TypeError(`createApiTokens: ${name} must be a number of seconds above 0, or left out.`)
  }
}
