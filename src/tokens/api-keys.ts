import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import { parseId } from '../storage/id.ts'
import type { ApiKeyRow, Schema } from '../storage/schema.ts'
import { checkMayChange, createChangeKey, type KeyAction, type KeyChange, keyEvent } from './api-key-change.ts'
import { createApiKeyFinder } from './api-key-finder.ts'
import type { ApiKeyFinder, ApiKeyFinderOptions } from './api-key-finder.ts'
import { apiKeyRecord, modeOf } from './api-key-record.ts'
import type { ApiKeyMode, ApiKeyRecord } from './api-key-record.ts'
import { cancelledRotation, finishedRotation, startedRotation } from './api-key-rotation.ts'
import { checkKeyScopes } from './api-key-scopes.ts'
import { apiKeyColumns, plausibleRate } from './api-key-values.ts'
import type { ApiKeyValues } from './api-key-values.ts'
import { credentialName } from './credential-name.ts'
import { createKeyLimits, type KeyLimitOptions } from './key-limits.ts'
import { heldBack } from './held-back.ts'
import { newKeyRow } from './new-key-row.ts'
import { checkKeyLifetime } from './organisation-limits.ts'
import { actorOf, holdOwner, lockOwner, ownedBy, ownerOf } from './owner.ts'
import type { By, Owner } from './owner.ts'

export type { KeyAction } from './api-key-change.ts'
export type { ApiKeyAuth, ApiKeyRefusal } from './api-key-finder.ts'
export type { ApiKeyMode, ApiKeyRecord, ApiKeyRotation } from './api-key-record.ts'
export type { ApiKeyValues } from './api-key-values.ts'

export interface ApiKeysOptions extends ApiKeyFinderOptions, KeyLimitOptions {
  /** Throws for a rate that cannot be read (one that looks wrong). The server hands over that of its throttles. */
  readonly parseRate?: (rate: string) => unknown
}

export interface NewApiKey extends Partial<ApiKeyValues> {
  readonly owner: Owner
  readonly name: string
  /** `test` keys say so in their text and in `identity.auth` (live). */
  readonly mode?: ApiKeyMode
  /** Who makes it (its owner). */
  readonly by?: By
  /** See `KeyAction`. */
  readonly allowedBy?: string | undefined
}

/**
 * Everything but `create`, `find` and `list` throws `RequestRefused`: `not_found` where there is no such key, or none of the
 * owner's, and `conflict` where the key is in no state for it; a key that was revoked is for good.
 */
export interface ApiKeys {
  /** Makes a key. The text is not kept, so this is the only time it can be shown. Throws `RequestRefused` (`invalid`). */
  readonly create: (key: NewApiKey) => Promise<{ readonly key: string; readonly record: ApiKeyRecord }>
  /** Throws what `create` would of values, and makes nothing; with `owner`, also of what they have. */
  readonly check: (values: Partial<ApiKeyValues>, owner?: Owner) => Promise<void>
  /** Tells by its shape alone whether a text may be a key. */
  readonly recognises: (text: string) => boolean
  /** Finds whom a key is for: one read. `null` for every one that is no good, whatever the reason. */
  readonly find: ApiKeyFinder['find']
  /** One key, whosever it is; `null` where there is none. */
  readonly get: (id: string) => Promise<ApiKeyRecord | null>
  /** All keys of an owner, newest first, those that are over included. */
  readonly list: (owner: Owner) => Promise<readonly ApiKeyRecord[]>
  readonly update: (id: string, values: Partial<ApiKeyValues>, action: KeyAction) => Promise<ApiKeyRecord>
  /** Gives a key another secret beside the one it has. Both work for `overlap` seconds; `null`: until `finishRotation` (7 days). */
  readonly startRotation: (
    id: string,
    action: KeyAction & { readonly overlap?: number | null },
  ) => Promise<{ readonly key: string; readonly record: ApiKeyRecord }>
  /** Ends the old secret now. */
  readonly finishRotation: (id: string, action: KeyAction) => Promise<ApiKeyRecord>
  /** Ends the new secret, while the old one still works. */
  readonly cancelRotation: (id: string, action: KeyAction) => Promise<ApiKeyRecord>
  /** Switches a key off for now. Where an administrator did, its owner does not switch it on: `conflict`. */
  readonly disable: (id: string, action: KeyAction) => Promise<ApiKeyRecord>
  readonly enable: (id: string, action: KeyAction) => Promise<ApiKeyRecord>
  /** Switches a key off for good. Harmless twice. */
  readonly revoke: (id: string, action: KeyAction) => Promise<ApiKeyRecord>
  /** Revokes many, all in one unit, and tells how many were not revoked before. Throws where one is not there. */
  readonly revokeMany: (ids: readonly string[], action: KeyAction) => Promise<number>
  /** Writes what is still to be written. Call it before the database is closed. */
  readonly close: () => Promise<void>
}

/** API keys of users and service accounts: with scopes, address rules, rates, and rotation in one row. */
export function createApiKeys(options: ApiKeysOptions): ApiKeys {
  const { database, format, parseRate = plausibleRate, clock = Date.now } = options
  const finder = createApiKeyFinder(options)
  const limits = createKeyLimits(options)

  const changeKey = createChangeKey({ database, limits, clock })

  async function change(
    id: string,
    event: string,
    action: KeyAction,
    columnsFor: KeyChange['columnsFor'],
  ): Promise<ApiKeyRecord> {
    const row = await database.write(async (unit) => changeKey(unit, { id, event, action, columnsFor }))
    return apiKeyRecord(row, format)
  }

  async function lockOwnerOf(unit: Transaction<Schema>, id: string): Promise<void> {
    const wanted = parseId(id)
    const query = unit.selectFrom('api_keys').select(['user_id', 'service_account_id'])
    const row = wanted === null ? undefined : await query.where('id', '=', wanted).executeTakeFirst()
    if (row !== undefined) await lockOwner(unit, database.dialect, ownerOf(row))
  }

  return {
    find: finder.find,
    recognises: (text) => format.recognises(text, 'live', 'test'),
    check: async (values, owner) => {
      const now = Math.floor(clock())
      const columns = apiKeyColumns(values, { now, parseRate })
      if (owner === undefined) return
      const row = newKeyRow(columns, { owner, now })
      await limits.checkName(database.read, row, now)
      await limits.checkRoom(database.read, row, now)
      await checkKeyLifetime(database.read, row, now)
    },
    create: async ({ owner, mode = 'live', by = { actor: actorOf(owner) }, allowedBy, ...values }) => {
      const now = Math.floor(clock())
      const id = database.newId()
      const { text, digest } = format.make(mode, id)
      const columns = { ...apiKeyColumns(values, { now, parseRate }), name: credentialName(values.name) }
      const row = newKeyRow(columns, { owner, now, id, digest, mode })
      await database.write(async (unit) => {
        await holdOwner(unit, database.dialect, owner)
        await checkMayChange(unit, database.dialect, row, { allowedBy, now, isNew: true })
        await checkKeyScopes(unit, row)
        await checkKeyLifetime(unit, row, now)
        await limits.checkName(unit, row, now)
        await limits.checkRoom(unit, row, now)
        await unit.insertInto('api_keys').values(row).execute()
        await database.audit(unit, keyEvent(row, 'key.created', by))
      })
      return { key: text, record: apiKeyRecord(row, format) }
    },
    get: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await database.read.selectFrom('api_keys').selectAll().where('id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : apiKeyRecord(row, format)
    },
    list: async (owner) => {
      const query = database.read
        .selectFrom('api_keys')
        .selectAll()
        .where(...ownedBy(owner))
      const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
      return rows.map((row) => apiKeyRecord(row, format))
    },
    update: async (id, values, action) => {
      const columnsFor: KeyChange['columnsFor'] = (row, now) => {
        checkLive(row)
        const columns = apiKeyColumns(values, { now, parseRate })
        return Object.keys(columns).length === 0 ? null : columns
      }
      const row = await database.write(async (unit) => {
        // Two keys that are called alike at the same moment wait for each other.
        if (values.name !== undefined) await lockOwnerOf(unit, id)
        return changeKey(unit, { id, event: 'key.updated', action, columnsFor })
      })
      return apiKeyRecord(row, format)
    },
    startRotation: async (id, { overlap = sevenDays, ...action }) => {
      if (overlap !== null && !(Number.isFinite(overlap) && overlap >= 0)) {
        throw new TypeError('startRotation: overlap must be a number of seconds, or null for no end.')
      }
      let key = ''
      const record = await change(id, 'key.rotation_started', action, (row, now) => {
        checkLive(row)
        const { text, digest } = format.make(modeOf(row), row.id)
        key = text
        return startedRotation(row, { digest, now, endsAt: overlap === null ? null : Math.floor(now + overlap * 1000) })
      })
      return { key, record }
    },
    finishRotation: async (id, action) =>
      change(id, 'key.rotation_finished', action, (row) => {
        checkLive(row)
        return finishedRotation(row)
      }),
    cancelRotation: async (id, action) =>
      change(id, 'key.rotation_cancelled', action, (row, now) => {
        checkLive(row)
        return cancelledRotation(row, now)
      }),
    disable: async (id, action) =>
      change(id, 'key.disabled', action, (row, now) => {
        checkLive(row)
        const held = action.owner === undefined ? 1 : row.disabled_at === null ? 0 : row.held
        return row.disabled_at === null || held !== row.held ? { disabled_at: row.disabled_at ?? now, held } : null
      }),
    enable: async (id, action) =>
      change(id, 'key.enabled', action, (row) => {
        checkLive(row)
        if (row.disabled_at === null) return null
        if (row.held !== 0 && action.owner !== undefined) throw heldBack()
        return { disabled_at: null, held: 0 }
      }),
    revoke: async (id, action) =>
      change(id, 'key.revoked', action, (row, now) => (row.revoked_at === null ? { revoked_at: now } : null)),
    revokeMany: async (ids, action) =>
      database.write(async (unit) => {
        let count = 0
        // In one order, so that two of these never wait for each other.
        for (const id of [...new Set(ids)].toSorted()) {
          await changeKey(unit, {
            id,
            event: 'key.revoked',
            action,
            columnsFor: (row, now) => {
              if (row.revoked_at !== null) return null
              count += 1
              return { revoked_at: now }
            },
          })
        }
        return count
      }),
    close: finder.close,
  }
}

/** Seconds. */
const sevenDays = 7 * 86_400

function checkLive(row: ApiKeyRow): void {
  if (row.revoked_at === null) return
  throw new RequestRefused('conflict', 'The key was revoked, which is for good. Make a new one.')
}
