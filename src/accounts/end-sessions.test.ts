import assert from 'node:assert/strict'
import { it } from 'node:test'
import { formatId } from '../storage/id.ts'
import type { SessionRow } from '../storage/schema.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createEndSessions } from './end-sessions.ts'
import { createSessionList } from './session-list.ts'
import { createSessionWalk } from './session-walk.ts'

onEachDatabase('createEndSessions', (stage) => {
  /** So many sessions, of which every hundredth is from 198.51.100.7. */
  async function filled(
    count: number,
  ): Promise<Stage & { readonly userId: bigint; readonly rows: readonly SessionRow[] }> {
    const here = await stage()
    const { database, time } = here
    const { id: user_id } = await here.addUser({ username: 'ada' })
    const rows = Array.from({ length: count }, (_, turn): SessionRow => {
      const id = database.newId()
      return {
        id,
        digest: Buffer.alloc(32, String(turn)),
        user_id,
        created_at: time.now,
        last_seen_at: time.now,
        expires_at: time.now + 1_000_000,
        authenticated_at: time.now,
        amr: turn % 2 === 0 ? 'pwd' : 'pwd otp mfa',
        address: turn % 100 === 0 ? '198.51.100.7' : '203.0.113.9',
        user_agent: null,
        sign_in_id: id,
      }
    })
    for (let from = 0; from < count; from += 500) await database.append({ sessions: rows.slice(from, from + 500) })
    return { ...here, userId: user_id, rows }
  }

  const root = { id: formatId(1n), until: { staff: 0, superuser: Infinity }, sessionId: null }

  it('finds the few of many, page by page and each once, however far apart they are', async () => {
    const { database, clock, rows } = await filled(4_500)
    const list = createSessionList({ database, clock })
    const wanted = rows.filter(({ address }) => address === '198.51.100.7').map(({ id }) => formatId(id))
    for (const filter of [{ network: '198.51.100.0/24' }, {}]) {
      const found: string[] = []
      let after: string | undefined
      do {
        const page = await list.page(filter, { limit: 20, after })
        assert.ok(page.items.length <= 20)
        found.push(...page.items.map(({ id }) => id))
        after = page.next ?? undefined
      } while (after !== undefined)
      const all = filter.network === undefined ? rows.map(({ id }) => formatId(id)) : wanted
      assert.deepEqual(found, all.toReversed())
    }
  })

  it('ends so many in one go, and says so by the count of the rest', async () => {
    const { database, clock, rows, userId } = await filled(4_500)
    const walk = createSessionWalk({ database, clock, idle: 1_000 })
    const heard: bigint[] = []
    const ends = createEndSessions({
      database,
      walk,
      mostAtOnce: 2_100,
      onEnded: async (_, ended) => void heard.push(...ended.map(({ signInId }) => signInId)),
    })
    const kept = { ...root, sessionId: formatId(rows[2]?.id ?? 0n) }
    const filter = { withoutSecondFactor: true }
    assert.deepEqual(await ends.count(filter, kept), { count: 2_249, users: 1, leftOut: 0, hasOwn: true })
    assert.equal(await ends.end(filter, kept, {}), 2_100)
    assert.equal(await ends.end(filter, kept, {}), 149)
    assert.equal(await ends.end(filter, kept, {}), 0)
    assert.equal(new Set(heard).size, 2_249)
    const left = await database.read.selectFrom('sessions').select('amr').execute()
    assert.equal(left.length, 2_251)
    const { items } = await createSessionList({ database, clock }).page({ userId: formatId(userId), way: 'password' })
    assert.equal(items.length, 50)
  })

  it('leaves out what is over already', async () => {
    const { database, clock, time } = await filled(10)
    const walk = createSessionWalk({ database, clock, idle: 100 })
    const ends = createEndSessions({ database, walk, onEnded: async () => undefined })
    assert.equal((await ends.count({}, root)).count, 10)
    time.now += 100_000
    assert.equal((await ends.count({}, root)).count, 0)
  })
})
