import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { gcra, microseconds, peekGcra, spacing } from '../core/gcra.ts'
import type { CounterAnswer, Rate } from '../core/gcra.ts'
import type { Database } from './database.ts'

/** Buckets of throttles in the database: shared by all processes and exact among them. */
export interface SqlCounters {
  readonly take: (key: string, rate: Rate, now: number, cost?: number) => Promise<CounterAnswer>
  readonly peek: (key: string, rate: Rate, now: number, cost?: number) => Promise<CounterAnswer>
  readonly clear: (key: string) => Promise<void>
}

/** Counters for throttles, each bucket a row. A refused request writes nothing. `purge` removes what is full again. */
export function sqlCounters(database: Database): SqlCounters {
  async function arrivalOf(key: string): Promise<number | null> {
    const row = await database.read
      .selectFrom('throttle_counters')
      .select('arrival')
      .where('key', '=', key)
      .executeTakeFirst()
    return row?.arrival ?? null
  }

  return {
    take: async (key, rate, now, cost = 1) => {
      const { interval, burst } = spacing(rate)
      // More than a full bucket holds is refused whatever is in it.
      if (cost * interval > burst) return gcra(await arrivalOf(key), rate, now, cost).answer
      for (;;) {
        const { rows } = await database.write(async (transaction) =>
          takeFrom(key, rate, now, cost).execute(transaction),
        )
        const [taken] = rows
        if (taken !== undefined) {
          return gcra(taken.arrival - cost * interval, rate, now, cost).answer
        }
        const arrival = await arrivalOf(key)
        const { answer } = gcra(arrival, rate, now, cost)
        // Allowed after all: somebody gave back in between, so take again. There was nothing to give back to otherwise.
        if (!answer.allowed || arrival === null) return answer
      }
    },
    peek: async (key, rate, now, cost = 1) => peekGcra(await arrivalOf(key), rate, now, cost),
    clear: async (key) => {
      await database.write(async (transaction) =>
        transaction.deleteFrom('throttle_counters').where('key', '=', key).execute(),
      )
    },
  }
}

/** `gcra`, where the number is: one guarded statement that returns the new arrival, and nothing where it refuses. */
function takeFrom(key: string, rate: Rate, now: number, cost: number): RawBuilder<{ arrival: number }> {
  const { interval, burst } = spacing(rate)
  const present = microseconds(now)
  const kept = sql`throttle_counters.arrival`
  const next = sql`(case when ${kept} > ${present} then ${kept} else ${present} end + ${cost * interval})`
  if (cost <= 0) {
    // Giving back to a bucket that is not there means nothing: it is full.
    return sql`update throttle_counters set arrival = ${next}, expires_at = ${next} / 1000 + 1
      where key = ${key} returning arrival`
  }
  const first = present + cost * interval
  return sql`insert into throttle_counters (key, arrival, expires_at)
    values (${key}, ${first}, ${Math.ceil(first / 1000)})
    on conflict (key) do update set arrival = ${next}, expires_at = ${next} / 1000 + 1
    where ${next} - ${present} <= ${burst} returning arrival`
}
