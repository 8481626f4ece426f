import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { startOnPostgres, userRow } from './databases.contract.ts'
import { createIdSource } from './id.ts'
import { addPartitions } from './partitions.ts'
import { purge } from './purge.ts'
import type { Schema } from './schema.ts'
import { withDatabase } from './with-database.contract.ts'

const day = 86_400_000
const today = Date.UTC(2026, 10, 24)
const noon = today + day / 2

describe('Daily parts on PostgreSQL', () => {
  const onNoon = async (use: (database: Database) => Promise<void>) =>
    withDatabase(startOnPostgres, use, { clock: () => noon })

  it('take the rows of their day, and the rest takes what has no day of its own', async () => {
    await onNoon(async (database) => {
      const at = [today - 1, today, today + day - 1, today + day, today + 7 * day, today + 8 * day]
      await addTokens(
        database,
        at.map((time) => tokenAt(time, today)),
      )
      assert.deepEqual(await parts(database), [
        'refresh_tokens_20261124',
        'refresh_tokens_20261124',
        'refresh_tokens_20261125',
        'refresh_tokens_20261201',
        'refresh_tokens_rest',
        'refresh_tokens_rest',
      ])
    })
  })

  it('are made once, by however many', async () => {
    await onNoon(async (database) => {
      await Promise.all([addPartitions(database, noon + 30 * day), addPartitions(database, noon + 30 * day)])
      await addPartitions(database, noon + 30 * day)
      await addTokens(database, [tokenAt(today + 30 * day, today)])
      assert.deepEqual(await parts(database), ['refresh_tokens_20261224'])
    })
  })

  it('are not made for a day of which the rest has rows', async () => {
    await onNoon(async (database) => {
      await addTokens(database, [tokenAt(today + 31 * day, today)])
      await addPartitions(database, noon + 30 * day)
      await addTokens(database, [tokenAt(today + 30 * day, today), tokenAt(today + 31 * day, today)])
      assert.deepEqual(await parts(database), ['refresh_tokens_20261224', 'refresh_tokens_rest', 'refresh_tokens_rest'])
    })
  })

  it('are dropped when nothing in them is alive, and not before', async () => {
    await onNoon(async (database) => {
      const end = today + 3 * day
      await addTokens(database, [
        tokenAt(today, end - 5),
        tokenAt(today, end),
        tokenAt(today + day, end + day),
        tokenAt(0, end - 5),
      ])
      await purge(database, { now: end })
      assert.deepEqual(await parts(database), [
        'refresh_tokens_20261124',
        'refresh_tokens_20261124',
        'refresh_tokens_20261125',
      ])
      await purge(database, { now: end + 1 })
      assert.deepEqual(await parts(database), ['refresh_tokens_20261125'])
      await purge(database, { now: end + 40 * day })
      assert.deepEqual(await parts(database), [])
    })
  })

  it('are left for the next time while somebody reads them', async () => {
    await onNoon(async (database) => {
      await addTokens(database, [tokenAt(today, today + day)])
      await database.write(async (transaction) => {
        await transaction.selectFrom('refresh_tokens').select('id').execute()
        await purge(database, { now: today + 3 * day })
      })
      assert.deepEqual(await parts(database), ['refresh_tokens_20261124'])
      await purge(database, { now: today + 3 * day })
      assert.deepEqual(await parts(database), [])
    })
  })
})

let node = 0

function tokenAt(time: number, expiresAt: number): Schema['refresh_tokens'] {
  node += 1
  const id = createIdSource({ node, clock: () => time })()
  return {
    id,
    family_id: 1n,
    created_at: time,
    expires_at: expiresAt,
    spent_at: null,
    next_id: null,
    asked_by: null,
    answer: null,
  }
}

async function addTokens(database: Database, refresh_tokens: readonly Schema['refresh_tokens'][]) {
  const family = { user_id: 1n, created_at: 0, expires_at: 0, revoked_at: null, revoked_for: null, claims: '{}' }
  await database.write(async (transaction) => {
    await transaction
      .insertInto('users')
      .values(userRow(1n, 'ann'))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await transaction
      .insertInto('refresh_families')
      .values({ ...family, id: 1n })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  })
  await database.append({ refresh_tokens })
}

/** In which part each token lies. */
async function parts({ read }: Database): Promise<readonly string[]> {
  const { rows } = await sql<{
    part: string
  }>`select tableoid::regclass::text as part from refresh_tokens order by 1`.execute(read)
  return rows.map(({ part }) => part)
}
