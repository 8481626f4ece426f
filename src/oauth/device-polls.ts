import { sql } from 'kysely'
import type { User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database, Rows } from '../storage/database.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { OAuthClient } from './client.ts'
import { approvalOf, deviceCodeLookup, type FoundDeviceCode } from './device-code-row.ts'
import type { Grant } from './grants.ts'
import { grantIsLive } from './live-grant.ts'
import { OAuthError } from './oauth-error.ts'
import { storeRows } from './store-rows.ts'

export interface DevicePollsOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds that a grant lives, however often it is refreshed (90 days). */
  readonly grantLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** A device that its user has allowed, and that has not got its tokens yet. */
export interface ApprovedDevice {
  readonly id: bigint
  readonly user: User
  readonly grant: Grant
}

/** The side of device codes that the device sees (RFC 8628, sections 3.4 and 3.5). */
export interface DevicePolls {
  /**
   * What a device is told that asks (RFC 8628, section 3.5): the approval of its user, or an `OAuthError`:
   * `authorization_pending`, `slow_down`, `access_denied`, `expired_token`; `invalid_grant` for a code that is unknown, used,
   * or another client's.
   */
  readonly ask: (deviceCode: string, client: OAuthClient) => Promise<ApprovedDevice>
  /** Uses the code up and stores what is given for it, in one unit: of many at once, one is told `true`. */
  readonly spend: (device: ApprovedDevice, rows: Rows) => Promise<boolean>
}

export function createDevicePolls(options: DevicePollsOptions): DevicePolls {
  const { database, format, grantLifetime = 7_776_000, clock = Date.now } = options
  const lookup = deviceCodeLookup(database)

  /**
   * RFC 8628, section 3.5: whoever asks too fast has to wait five seconds longer from then on. One statement, so that of many
   * questions at once all but one were too fast.
   */
  async function pending({ id, pace }: FoundDeviceCode, now: number): Promise<OAuthError> {
    const asked = await database.write(async (unit) =>
      unit
        .updateTable('device_codes')
        .set({
          pace: sql<number>`case when asked_at + pace * 1000 - ${sql.lit(jitter)} > ${now} then pace + 5 else pace end`,
          asked_at: now,
        })
        .where('id', '=', id)
        .where('status', '=', 'waiting')
        .returning('pace')
        .executeTakeFirst(),
    )
    return (asked?.pace ?? pace) > pace
      ? new OAuthError('slow_down', 'Ask less often: wait five seconds longer from now on.')
      : new OAuthError('authorization_pending', 'The user has not decided yet.')
  }

  /** What was allowed counts only as long as its user and its grant are good; then it is over for good. */
  async function overruled(id: bigint): Promise<OAuthError> {
    await database.write(async (unit) => {
      await unit
        .updateTable('device_codes')
        .set({ status: 'denied' })
        .where('id', '=', id)
        .where('status', '=', 'approved')
        .execute()
    })
    return denied()
  }

  return {
    ask: async (deviceCode, client) => {
      const token = format.parse(deviceCode)
      const row = token?.kind === 'dev' ? await lookup(token.id) : null
      // RFC 8628, section 3.4: a code is good for the client alone that it was issued to.
      const isTheirs = row !== null && token !== null && equalBytes(row.digest, token.digest)
      if (!isTheirs || row.client_id !== client.key || row.status === 'spent') throw notValid()
      const now = Math.floor(clock())
      if (now >= row.expires_at)
        throw new OAuthError('expired_token', 'The device code has expired. Ask for a new one.')
      if (row.status === 'denied') throw denied()
      if (row.status === 'waiting') throw await pending(row, now)
      const approval = approvalOf(row)
      if (approval === null) throw await overruled(row.id)
      // It begins to live when the device gets something of it.
      return { id: row.id, user: approval.user, grant: { ...approval.grant, expiresAt: now + grantLifetime * 1000 } }
    },

    spend: async ({ id, grant }, rows) =>
      database.write(async (unit) => {
        const spent = await unit
          .updateTable('device_codes')
          .set({ status: 'spent' })
          .where('id', '=', id)
          .where('status', '=', 'approved')
          .where('expires_at', '>', Math.floor(clock()))
          .where(grantIsLive(database, 'device_codes'))
          .returning('id')
          .executeTakeFirst()
        if (spent === undefined) return false
        await unit.updateTable('grants').set({ expires_at: grant.expiresAt }).where('id', '=', grant.id).execute()
        await storeRows(database, unit, rows)
        return true
      }),
  }
}

/** Milliseconds by which a question may be early that was sent in time. */
const jitter = 500

function denied(): OAuthError {
  return new OAuthError('access_denied', 'The user has refused, or may not use this any more.')
}

/** One sentence for everything that may be wrong with it (RFC 6749, section 5.2). */
export function notValid(): OAuthError {
  return new OAuthError('invalid_grant', 'The device code is not valid, was used, or is for another client.')
}
