import assert from 'node:assert/strict'
import { it } from 'node:test'
import { PermissionDenied } from '../core/errors.ts'
import { addressKey } from '../http/address-keys.ts'
import { formatId, idOrNone } from '../storage/id.ts'
import type { SessionRow } from '../storage/schema.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createEndSessions, type EndingActor } from './end-sessions.ts'
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
        address_key: addressKey(turn % 100 === 0 ? '198.51.100.7' : '203.0.113.9'),
        sign_in_id: id,
      }
    })
    for (let from = 0; from < count; from += 500) await database.append({ sessions: rows.slice(from, from + 500) })
    return { ...here, userId: user_id, rows }
  }

  /** A superuser, who ends what others began. */
  async function addRoot({ addUser }: Pick<Stage, 'addUser'>): Promise<EndingActor> {
    const { id } = await addUser({ username: 'root', is_superuser: 1 })
    return { id: formatId(id), until: { staff: 0, superuser: Infinity }, sessionId: null }
  }

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
    const here = await filled(4_500)
    const { database, clock, rows, userId } = here
    const walk = createSessionWalk({ database, clock, idle: 1_000 })
    const heard: bigint[] = []
    const ends = createEndSessions({
      database,
      walk,
      mostAtOnce: 2_100,
      onEnded: async (_, ended) => void heard.push(...ended.map(({ signInId }) => signInId)),
    })
    const kept = { ...(await addRoot(here)), sessionId: formatId(rows[2]?.id ?? 0n) }
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
    const here = await filled(10)
    const { database, clock, time } = here
    const root = await addRoot(here)
    const walk = createSessionWalk({ database, clock, idle: 100 })
    const ends = createEndSessions({ database, walk, onEnded: async () => undefined })
    assert.equal((await ends.count({}, root)).count, 10)
    time.now += 100_000
    assert.equal((await ends.count({}, root)).count, 0)
  })

  it('stops where the right of whoever does it is taken away meanwhile, and says so', async () => {
    const here = await filled(1_000)
    const { database, clock, setUser } = here
    const root = await addRoot(here)
    let units = 0
    const ends = createEndSessions({
      database: { ...database, write: async (work) => database.write(work).finally(() => (units += 1)) },
      walk: createSessionWalk({ database, clock, idle: 1_000 }),
      onEnded: async (unit) => {
        if (units === 1)
          await unit.updateTable('users').set({ is_superuser: 0 }).where('username', '=', 'root').execute()
      },
      clock,
    })
    await assert.rejects(ends.end({}, root, {}), (error) => error instanceof PermissionDenied)
    const left = await database.read.selectFrom('sessions').select('id').execute()
    assert.equal(left.length, 600)
    await setUser(idOrNone(root.id), { is_superuser: 1, is_active: 0 })
    await assert.rejects(ends.end({}, root, {}), (error) => error instanceof PermissionDenied)
    await setUser(idOrNone(root.id), { is_active: 1, superuser_until: clock() - 1 })
    await assert.rejects(ends.end({}, root, {}), (error) => error instanceof PermissionDenied)
    assert.equal((await database.read.selectFrom('sessions').select('id').execute()).length, 600)
  })

  it('leaves the sessions of whoever becomes an administrator meanwhile to superusers', async () => {
    const here = await filled(600)
    const { database, clock, userId } = here
    const { id } = await here.addUser({ username: 'staff', is_staff: 1 })
    let units = 0
    const ends = createEndSessions({
      database: { ...database, write: async (work) => database.write(work).finally(() => (units += 1)) },
      walk: createSessionWalk({ database, clock, idle: 1_000 }),
      onEnded: async (unit) => {
        if (units === 1) await unit.updateTable('users').set({ is_staff: 1 }).where('id', '=', userId).execute()
      },
      clock,
    })
    const staff = { id: formatId(id), until: { staff: Infinity, superuser: 0 }, sessionId: null }
    assert.equal(await ends.end({}, staff, {}), 400)
  })
})
