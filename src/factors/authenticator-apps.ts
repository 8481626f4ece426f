import type { Transaction } from 'kysely'
import { type ActedBy, eventBy } from '../accounts/acted-by.ts'
import { markSecondFactor } from '../accounts/mark-second-factor.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import { wantedId } from '../storage/wanted-id.ts'
import { newTotpSecret, totpSecretText, totpStep, totpUri } from './totp.ts'

export interface AuthenticatorAppsOptions {
  readonly database: Database
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  /** What apps call this site (Doorward). */
  readonly issuer?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What a person's app needs to know. It is shown once. */
export interface AppEnrolment {
  /** Base32 in groups of four, for typing. */
  readonly secret: string
  /** `otpauth://totp/…`, for the QR code and as a link. */
  readonly uri: string
  readonly expiresAt: number
}

export interface AuthenticatorApp {
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

/** Authenticator apps (TOTP, RFC 6238): one a user. */
export interface AuthenticatorApps {
  readonly find: (userId: string) => Promise<AuthenticatorApp | null>
  /**
   * Begins to add one, in place of what was begun before. Nothing changes for sign-ins before `confirm`. Throws `conflict` where
   * there is one already, unless `replaces` says that it is to take its place.
   */
  readonly begin: (
    user: { readonly id: string; readonly name: string },
    options?: { readonly replaces?: boolean },
  ) => Promise<AppEnrolment>
  /** Whether one is being added. */
  readonly isBegun: (userId: string) => Promise<boolean>
  /**
   * Adds what was begun, in a unit, once its app shows a right code. Throws `invalid` for a wrong one, `conflict` where nothing was
   * begun, it is too late, or another request has added it.
   */
  readonly confirm: (userId: string, code: string, by: ActedBy, also?: InUnit) => Promise<void>
  /** Whether it is the code of this moment, and uses it up: no node takes it again, nor any older one. */
  readonly use: (userId: string, code: string, by: ActedBy) => Promise<boolean>
  /** Takes over the app of a user who is new here and has none: what it makes codes of is known from elsewhere. */
  readonly adopt: (unit: Transaction<Schema>, userId: bigint, secret: Uint8Array, by: ActedBy) => Promise<void>
  /** Removes it. Whether there was one. */
  readonly remove: (unit: Transaction<Schema>, userId: bigint) => Promise<boolean>
}

/** More to be done in the unit that adds a factor. */
export type InUnit = (unit: Transaction<Schema>, userId: bigint) => Promise<void>

export function createAuthenticatorApps(options: AuthenticatorAppsOptions): AuthenticatorApps {
  const { database, sealer, issuer = 'Doorward', clock = Date.now } = options

  /** The id goes with the secret, so that whoever can write to the table cannot give one account the app of another. */
  const seal = (userId: bigint, secret: Uint8Array): Uint8Array =>
    sealer.seal('totp', Buffer.concat([idBytes(userId), secret]))
  const unseal = (userId: bigint, sealed: Uint8Array): Uint8Array => {
    const plain = sealer.open('totp', sealed)
    if (plain === null || !idBytes(userId).equals(plain.subarray(0, 8))) {
      throw new Error(
        'An authenticator app was sealed under another DOORWARD_SECRET. Give that one in previousSecrets.',
      )
    }
    return plain.subarray(8)
  }

  async function deviceOf(userId: bigint) {
    return database.read.selectFrom('totp_devices').selectAll().where('user_id', '=', userId).executeTakeFirst()
  }

  async function enrolmentOf(userId: bigint) {
    const all = database.read.selectFrom('totp_enrolments').selectAll().where('user_id', '=', userId)
    return all.where('expires_at', '>', Math.floor(clock())).executeTakeFirst()
  }

  return {
    find: async (id) => {
      const userId = parseId(id)
      const row = userId === null ? undefined : await deviceOf(userId)
      return row === undefined ? null : { createdAt: row.created_at, lastUsedAt: row.last_used_at }
    },

    isBegun: async (id) => {
      const userId = parseId(id)
      return userId !== null && (await enrolmentOf(userId)) !== undefined
    },

    begin: async ({ id, name }, { replaces = false } = {}) => {
      const userId = wantedId(id)
      if (!replaces && (await deviceOf(userId)) !== undefined) throw thereIsOne()
      const secret = newTotpSecret()
      const now = Math.floor(clock())
      const row = { secret: seal(userId, secret), created_at: now, expires_at: now + enrolmentLifetime }
      await database.write(async (unit) =>
        unit
          .insertInto('totp_enrolments')
          .values({ user_id: userId, ...row })
          .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
          .execute(),
      )
      return { secret: totpSecretText(secret), uri: totpUri(secret, issuer, name), expiresAt: row.expires_at }
    },

    confirm: async (id, code, by, also) => {
      const userId = wantedId(id)
      const begun = await enrolmentOf(userId)
      if (begun === undefined) throw notBegun()
      const now = Math.floor(clock())
      const step = totpStep(unseal(userId, begun.secret), code, now)
      if (step === null) throw wrongCode()
      await database.write(async (unit) => {
        const mine = unit.deleteFrom('totp_enrolments').where('user_id', '=', userId).where('secret', '=', begun.secret)
        if ((await mine.returning('user_id').executeTakeFirst()) === undefined) throw notBegun()
        const { secret } = begun
        const device = { secret, created_at: now, last_step: step, last_used_at: now }
        const before = unit.deleteFrom('totp_devices').where('user_id', '=', userId)
        const replaced = await before.returning('user_id').executeTakeFirst()
        await unit
          .insertInto('totp_devices')
          .values({ user_id: userId, ...device })
          .execute()
        await markSecondFactor(unit, database, userId)
        const event = replaced === undefined ? 'totp.added' : 'totp.replaced'
        await database.audit(unit, eventBy(by, event, `user:${id}`))
        await also?.(unit, userId)
      })
    },

    use: async (id, code, by) => {
      const userId = wantedId(id)
      const device = await deviceOf(userId)
      const now = Math.floor(clock())
      const step = device === undefined ? null : totpStep(unseal(userId, device.secret), code, now)
      const isUsed =
        step !== null &&
        (await database.write(async (unit) => {
          const spent = await unit
            .updateTable('totp_devices')
            .set({ last_step: step, last_used_at: now })
            .where('user_id', '=', userId)
            .where('secret', '=', device?.secret ?? new Uint8Array())
            .where('last_step', '<', step)
            .returning('user_id')
            .executeTakeFirst()
          if (spent !== undefined) await database.audit(unit, eventBy(by, 'totp.used', `user:${id}`))
          return spent !== undefined
        }))
      if (!isUsed) await database.append({ audit: eventBy(by, 'totp.failed', `user:${id}`) })
      return isUsed
    },

    adopt: async (unit, userId, secret, by) => {
      const device = { secret: seal(userId, secret), created_at: Math.floor(clock()), last_step: 0, last_used_at: null }
      await unit
        .insertInto('totp_devices')
        .values({ user_id: userId, ...device })
        .execute()
      await markSecondFactor(unit, database, userId)
      await database.audit(unit, eventBy(by, 'totp.added', `user:${formatId(userId)}`))
    },

    remove: async (unit, userId) => {
      await unit.deleteFrom('totp_enrolments').where('user_id', '=', userId).execute()
      const gone = unit.deleteFrom('totp_devices').where('user_id', '=', userId).returning('user_id')
      const wasThere = (await gone.executeTakeFirst()) !== undefined
      if (wasThere) await markSecondFactor(unit, database, userId)
      return wasThere
    },
  }
}

/** Milliseconds that somebody has to show the first code. */
const enrolmentLifetime = 900_000

function wrongCode(): RequestRefused {
  const sentence =
    'This code is not right. Type the one that the app shows now; the clock of the phone has to be right.'
  return new RequestRefused('invalid', sentence, { body: { code: [sentence] } })
}

function thereIsOne(): RequestRefused {
  return new RequestRefused('conflict', 'There is an authenticator app already. Remove it first, or replace it.')
}

function notBegun(): RequestRefused {
  return new RequestRefused('conflict', 'No authenticator app is being added, or it took too long. Begin again.')
}

function idBytes(id: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(id)
  return bytes
}
