import assert from 'node:assert/strict'
import { it } from 'node:test'
import { userRow } from '../storage/databases.contract.ts'
import { formatId } from '../storage/id.ts'
import { formatPlace } from '../storage/place.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createUserList, type UserFilter } from './user-list.ts'

onEachDatabase('createUserList', (stage) => {
  /** So many users: each fifth and each fourth has a name or an address that begins with ada, each sixth was imported. */
  async function filled(count: number): Promise<Stage & { readonly names: readonly string[] }> {
    const here = await stage()
    const { database, time } = here
    const names = Array.from({ length: count }, (_, turn) => `${turn % 5 === 0 ? 'ada' : 'bob'}${turn}`)
    for (let from = 0; from < count; from += 500) {
      const rows = names.slice(from, from + 500).map((username, index) => {
        const turn = from + index
        const email = turn % 2 === 0 ? `${turn % 4 === 0 ? 'ada' : 'eve'}${turn}@example.org` : null
        return userRow(database.newId(), username, {
          email,
          email_key: email,
          created_at: time.now - turn,
          last_login_at: turn % 3 === 0 ? null : time.now,
          source: turn % 6 === 0 ? 'import' : 'made',
        })
      })
      await database.append({ users: rows })
    }
    return { ...here, names }
  }

  /** What is found page by page, in pages of so many. */
  async function found({ database }: Stage, filter: UserFilter, limit: number): Promise<readonly string[]> {
    const list = createUserList(database)
    const all: string[] = []
    let after: string | null = null
    do {
      const { users, next } = await list({ ...filter, limit, ...(after === null ? {} : { after }) })
      assert.ok(users.length <= limit)
      all.push(...users.map(({ username }) => username))
      after = next
    } while (after !== null)
    return all
  }

  it('finds each once, page by page, whatever it is narrowed to and in whatever order', async () => {
    const here = await filled(6_100)
    const { names, time } = here
    const turns = names.map((username, turn) => ({ username, turn }))
    const those = (match: (turn: number) => boolean) =>
      turns.flatMap(({ username, turn }) => (match(turn) ? [username] : []))
    assert.deepEqual(await found(here, {}, 200), names.toReversed())
    assert.deepEqual(await found(here, { source: 'import' }, 200), those((turn) => turn % 6 === 0).toReversed())
    // By when they were made: the first has the latest time.
    assert.deepEqual(
      await found(here, { source: 'import', neverSignedIn: false, createdFrom: time.now - 3_000 }, 7),
      [],
    )
    assert.deepEqual(
      await found(here, { neverSignedIn: true, createdFrom: time.now - 300, createdUntil: time.now - 100 }, 7),
      those((turn) => turn % 3 === 0 && turn > 100 && turn <= 300),
    )
    // Some by their name, some by their address, and some by both.
    const byName = those((turn) => turn % 5 === 0 || turn % 4 === 0)
    const wanted = byName.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    assert.deepEqual(await found(here, { search: 'ADA' }, 33), wanted)
    assert.deepEqual(
      await found(here, { search: 'ada', source: 'import' }, 200).then((all) => all.toSorted()),
      those((turn) => turn % 6 === 0 && (turn % 5 === 0 || turn % 4 === 0)).toSorted(),
    )

    function keyOf(username: string): string {
      return username.startsWith('ada') ? username : `ada${username.slice(3)}@example.org`
    }
  })

  it('goes on where a page ended, though what it ended with is gone', async () => {
    const { database } = await filled(60)
    const list = createUserList(database)
    for (const filter of [{}, { search: 'ada' }, { createdFrom: 0 }, { source: 'import' }] as const) {
      const all = (await list(filter)).users
      const { users, next } = await list({ ...filter, limit: 3 })
      await database.write(async (unit) => {
        await unit
          .deleteFrom('users')
          .where('username', '=', users.at(-1)?.username ?? '')
          .execute()
      })
      const { users: rest } = await list({ ...filter, after: next ?? '', limit: 200 })
      assert.deepEqual(rest[0], all[3])
    }
  })

  it('begins at no place of an order that it does not have', async () => {
    const { database } = await stage()
    const list = createUserList(database)
    const id = 1n
    const places = [
      formatPlace({ order: 'made', value: 1, id }),
      formatPlace({ order: 'name', value: 'ada', id }),
      formatPlace({ order: 'toString', value: null, id }),
    ]
    for (const after of ['', 'x', '1', `1.${formatId(id)}`, `.${formatId(id)}`, `${formatId(id)}.`, ...places])
      await assert.rejects(list({ after }), { code: 'invalid', status: 400 }, after)
    const wrong = [`made.${formatId(id)}`, `made.~YQ.${formatId(id)}`, `made.99999999999999999.${formatId(id)}`]
    // PostgreSQL takes no text with a NUL in it (RFC 3629 has it, its protocol has not).
    const nul = formatPlace({ order: 'name', value: 'ada\0', id })
    await assert.rejects(list({ search: 'ada', after: nul }), { code: 'invalid', status: 400 })
    for (const after of [formatId(id), ...wrong])
      await assert.rejects(list({ createdFrom: 1, after }), { code: 'invalid', status: 400 }, after)
    // Of the right order, but from nowhere: no more than a beginning.
    for (const after of [`name.${formatId(id)}`, `name.12.${formatId(id)}`, `name.~.${formatId(id)}`])
      assert.deepEqual(await list({ search: 'ada', after }), { users: [], next: null }, after)
  })
})
