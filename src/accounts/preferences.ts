import { RequestRefused } from '../core/errors.ts'
import { isTimeZone } from '../http/time-zone.ts'
import { utcMinute } from '../core/utc-minute.ts'
import type { Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { Schema } from '../storage/schema.ts'
import { wordsOf } from '../tokens/principal.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { invalid } from './user-values.ts'

/** Mail that people may do without. All else is about the safety of their account, or was asked for, and always comes. */
export const optionalMail = ['credential_ending', 'app_review'] as const

export type OptionalMail = (typeof optionalMail)[number]

/** How somebody wants things. */
export interface PreferenceValues {
  /** The IANA name of the time zone that moments are shown in; `null`: that of the browser, and UTC where no script runs. */
  readonly timeZone: string | null
  /** Kinds of mail that they do not want. */
  readonly unwantedMail: readonly OptionalMail[]
}

export interface Preferences {
  readonly find: (userId: string) => Promise<PreferenceValues>
  /** What is left out stays. Throws `invalid`, that names `time_zone`, and `not_found` for an id that is nobody's. */
  readonly change: (userId: string, changes: Partial<PreferenceValues>, by: ActedBy) => Promise<PreferenceValues>
  /** The same of an account that is made in this unit. Throws `invalid`. */
  readonly begin: (unit: Transaction<Schema>, userId: bigint, values: Partial<PreferenceValues>) => Promise<void>
}

/** How people want moments written, and which mail they want. */
export function createPreferences({ database }: { readonly database: Database }): Preferences {
  return {
    find: async (userId) => {
      const id = parseId(userId)
      return id === null ? unset : preferencesOf(database.read, id)
    },

    change: async (userId, changes, by) => {
      const id = parseId(userId)
      if (id === null) throw new RequestRefused('not_found')
      check(changes)
      return database.write(async (unit) => {
        const there = unit.selectFrom('users').select('id').where('id', '=', id)
        if ((await there.executeTakeFirst()) === undefined) throw new RequestRefused('not_found')
        const before = await preferencesOf(unit, id)
        const after = { ...before, ...changes }
        await put(unit, id, after)
        const fields = Object.keys(changes)
        await database.audit(unit, eventBy(by, 'user.preferences_changed', `user:${userId}`, { fields }))
        return after
      })
    },

    begin: async (unit, userId, values) => {
      check(values)
      if (Object.keys(values).length > 0) await put(unit, userId, { ...unset, ...values })
    },
  }
}

/** Whether somebody wants mail of a kind that they may do without. */
export async function wantsMail(
  from: Pick<Transaction<Schema>, 'selectFrom'>,
  userId: bigint,
  kind: OptionalMail,
): Promise<boolean> {
  return !(await preferencesOf(from, userId)).unwantedMail.includes(kind)
}

/** A moment as somebody reads it in a mail: to the minute, in their time zone, which is named. `time` is in milliseconds since 1970. */
export async function minuteFor(
  from: Pick<Transaction<Schema>, 'selectFrom'>,
  userId: bigint,
  time: number,
): Promise<string> {
  const { timeZone } = await preferencesOf(from, userId)
  // One that this version of the runtime does not know is no reason to lose the mail.
  if (timeZone === null || !isTimeZone(timeZone)) return utcMinute(time)
  return `${minutes(timeZone).format(time)} ${timeZone}`
}

/** Of all languages of the runtime, this one writes `2026-11-30 13:05`. */
function minutes(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone })
}

const unset: PreferenceValues = { timeZone: null, unwantedMail: [] }

async function preferencesOf(from: Pick<Transaction<Schema>, 'selectFrom'>, id: bigint): Promise<PreferenceValues> {
  const row = await from.selectFrom('preferences').selectAll().where('user_id', '=', id).executeTakeFirst()
  if (row === undefined) return unset
  const unwanted = wordsOf(row.unwanted_mail)
  return { timeZone: row.time_zone, unwantedMail: optionalMail.filter((kind) => unwanted.includes(kind)) }
}

async function put(unit: Transaction<Schema>, user_id: bigint, values: PreferenceValues): Promise<void> {
  const columns = { time_zone: values.timeZone, unwanted_mail: values.unwantedMail.join(' ') }
  await unit
    .insertInto('preferences')
    .values({ user_id, ...columns })
    .onConflict((there) => there.column('user_id').doUpdateSet(columns))
    .execute()
}

function check({ timeZone, unwantedMail = [] }: Partial<PreferenceValues>): void {
  if (typeof timeZone === 'string' && !isTimeZone(timeZone)) {
    throw invalid({ time_zone: ['Choose a time zone such as Europe/Berlin, or none.'] })
  }
  if (unwantedMail.some((kind) => !optionalMail.includes(kind))) {
    throw invalid({ mail: ['There is no such kind of mail.'] })
  }
}
