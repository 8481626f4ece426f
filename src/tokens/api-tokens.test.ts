import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { AuthError } from '../core/errors.ts'
import { formatId, parseId } from '../storage/id.ts'
import { createApiTokens } from './api-tokens.ts'
import type { ApiTokens, ApiTokensOptions } from './api-tokens.ts'
import { onEachDatabase } from './databases.contract.ts'
import type { Stage } from './databases.contract.ts'
import { createTokenFormat } from './format.ts'
import type { Owner } from './owner.ts'

const format = createTokenFormat()
const by = { actor: 'user:admin' }
const day = 86_400

onEachDatabase('createApiTokens', (stage) => {
  async function open(
    options: Partial<ApiTokensOptions> = {},
  ): Promise<{ stage: Stage; tokens: ApiTokens; owner: Owner }> {
    const set = await stage()
    const user = await set.addUser({ username: 'ann' })
    const tokens = createApiTokens({ database: set.database, clock: set.clock, format, ...options })
    return { stage: set, tokens, owner: { kind: 'user', id: formatId(user.id) } }
  }

  it('finds the user of a token, and the token itself as auth [B-TOK-01]', async () => {
    const { tokens, owner, stage } = await open({ lifetime: day })
    const { text, record } = await tokens.issue({ owner, name: ' laptop ' })
    const found = await tokens.find(text)
    assert.deepEqual(found?.auth, {
      id: record.id,
      name: 'laptop',
      createdAt: stage.time.now,
      expiresAt: stage.time.now + day * 1000,
    })
    assert.equal(found?.principal.kind, 'user')
    assert.equal(found?.principal.id, owner.id)
    assert.equal(found?.principal.name, 'ann')
  })

  it('finds the service account of a token', async () => {
    const { tokens, stage } = await open()
    const account = await stage.addServiceAccount({ name: 'nightly', scopes: 'read' })
    const { text } = await tokens.issue({ owner: { kind: 'service_account', id: formatId(account.id) }, name: 'a' })
    const principal = (await tokens.find(text))?.principal
    assert.equal(principal?.kind, 'service_account')
    assert.equal(principal?.name, 'nightly')
  })

  it('finds nothing for what is no token, and says why only to the log [B-TOK-03 B-TOK-05 B-TOK-23]', async () => {
    const reasons: unknown[] = []
    const { tokens, owner, stage } = await open({ onRefused: (refusal) => reasons.push(refusal) })
    const { text, record } = await tokens.issue({ owner, name: 'a' })
    const unknown = stage.database.newId()
    const others: readonly [string, string, string | null][] = [
      ['', 'malformed', null],
      [text.slice(0, -1), 'malformed', null],
      ['dw_pat_\0', 'malformed', null],
      ['\u{1f600}'.repeat(100_000), 'malformed', null],
      [format.make('live', BigInt(1)).text, 'malformed', null],
      [format.make('pat', unknown).text, 'unknown', formatId(unknown)],
      [format.make('pat', format.parse(text)?.id ?? 0n).text, 'wrong', record.id],
    ]
    for (const [other, reason, id] of others) {
      assert.equal(await tokens.find(other), null)
      assert.deepEqual(reasons.pop(), { id, reason })
    }
    assert.notEqual(await tokens.find(text), null)
    assert.deepEqual(reasons, [])
  })

  it('keeps only a digest, and shows nothing that could be used [B-TOK-17 B-TOK-28 B-STO-02]', async () => {
    const { tokens, owner, stage } = await open()
    const { text, record } = await tokens.issue({ owner, name: 'a' })
    const secret = text.slice(-49)
    const rows = await stage.database.read.selectFrom('api_tokens').selectAll().execute()
    const log = await stage.database.read.selectFrom('audit_events').selectAll().execute()
    const shown = inspect([rows, log, record, await tokens.list(owner), await tokens.find(text)], {
      depth: 9,
    })
    for (let at = 0; at + 6 <= secret.length; at += 1) assert.ok(!shown.includes(secret.slice(at, at + 6)))
    assert.equal(rows[0]?.digest.length, 32)
    assert.equal(record.masked, `${text.slice(0, 19)}…`)
  })

  it('refuses the token of an inactive or deleted user, or one who signed out everywhere after it [B-TOK-02]', async () => {
    const { tokens, owner, stage } = await open()
    const id = (await stage.database.read.selectFrom('users').select('id').executeTakeFirstOrThrow()).id
    const { text } = await tokens.issue({ owner, name: 'a' })
    await stage.setUser(id, { is_active: 0 })
    assert.equal(await tokens.find(text), null)
    stage.time.now += 1
    await stage.setUser(id, { is_active: 1, signed_out_at: stage.time.now })
    assert.equal(await tokens.find(text), null)
    stage.time.now += 1
    const later = await tokens.issue({ owner, name: 'b' })
    assert.notEqual(await tokens.find(later.text), null)
    await stage.database.write(async (unit) => void (await unit.deleteFrom('users').execute()))
    assert.equal(await tokens.find(later.text), null)
  })

  it('refuses a token from the moment at which it expires [B-TOK-18]', async () => {
    const reasons: unknown[] = []
    const { tokens, owner, stage } = await open({ onRefused: ({ reason }) => reasons.push(reason) })
    const { text } = await tokens.issue({ owner, name: 'a', expiresIn: 60 })
    stage.time.now += 59_999
    assert.notEqual(await tokens.find(text), null)
    stage.time.now += 1
    assert.equal(await tokens.find(text), null)
    assert.deepEqual(reasons, ['expired'])
  })

  it('never expires without a lifetime, and says so [B-TOK-19]', async () => {
    const { tokens, owner, stage } = await open()
    const { text } = await tokens.issue({ owner, name: 'a' })
    stage.time.now += 20 * 365 * day * 1000
    assert.equal((await tokens.find(text))?.auth.expiresAt, null)
  })

  it('makes independent tokens, of which one is revoked alone [B-TOK-15]', async () => {
    const { tokens, owner, stage } = await open()
    const [one, two] = [await tokens.issue({ owner, name: 'login' }), await tokens.issue({ owner, name: 'login' })]
    assert.equal(await tokens.revoke(one.record.id, { by, owner }), true)
    assert.equal(await tokens.find(one.text), null)
    assert.notEqual(await tokens.find(two.text), null)
    assert.equal(await tokens.revoke(one.record.id, { by, owner }), false)
    const events = await stage.database.read.selectFrom('audit_events').select(['event', 'actor', 'subject']).execute()
    assert.deepEqual(
      events.filter(({ event }) => event === 'token.revoked'),
      [{ event: 'token.revoked', actor: 'user:admin', subject: `api_token:${one.record.id}` }],
    )
  })

  it('revokes only for the owner that is named, and nothing for an id that is none', async () => {
    const { tokens, owner, stage } = await open()
    const other = { kind: 'user', id: formatId((await stage.addUser()).id) } as const
    const { text, record } = await tokens.issue({ owner, name: 'a' })
    assert.equal(await tokens.revoke(record.id, { by, owner: other }), false)
    for (const id of ['', 'x', "' or 1=1", 'z'.repeat(11), '0'.repeat(11)]) {
      assert.equal(await tokens.revoke(id, { by }), false)
    }
    assert.notEqual(await tokens.find(text), null)
  })

  it('revokes all tokens of one owner and of nobody else [B-TOK-16]', async () => {
    const { tokens, owner, stage } = await open()
    const other = { kind: 'user', id: formatId((await stage.addUser()).id) } as const
    const mine = [await tokens.issue({ owner, name: 'a' }), await tokens.issue({ owner, name: 'b' })]
    const theirs = await tokens.issue({ owner: other, name: 'c' })
    assert.equal(await tokens.revokeAll(owner, { by }), 2)
    for (const { text } of mine) assert.equal(await tokens.find(text), null)
    assert.notEqual(await tokens.find(theirs.text), null)
    assert.deepEqual(await tokens.list(owner), [])
  })

  it('takes the place of tokens of the same name where asked [B-TOK-14]', async () => {
    const { tokens, owner } = await open({ limit: 2 })
    const other = await tokens.issue({ owner, name: 'other' })
    const first = await tokens.issue({ owner, name: 'cli' })
    const second = await tokens.issue({ owner, name: 'cli', replace: true })
    assert.equal(await tokens.find(first.text), null)
    for (const { text } of [other, second]) assert.notEqual(await tokens.find(text), null)
  })

  it('lists the tokens of an owner, newest first', async () => {
    const { tokens, owner, stage } = await open()
    await tokens.issue({ owner, name: 'a' })
    stage.time.now += 1000
    const { record } = await tokens.issue({ owner, name: 'b', expiresIn: 60 })
    const list = await tokens.list(owner)
    assert.deepEqual(
      list.map(({ name }) => name),
      ['b', 'a'],
    )
    assert.deepEqual(list[0], { ...record, owner, lastUsedAt: null })
  })

  it('holds the limit of an owner, for which expired tokens do not count [B-TOK-21]', async () => {
    const { tokens, owner, stage } = await open({ limit: 2 })
    const other = { kind: 'user', id: formatId((await stage.addUser()).id) } as const
    await tokens.issue({ owner, name: 'a', expiresIn: 60 })
    await tokens.issue({ owner, name: 'b' })
    await assert.rejects(tokens.issue({ owner, name: 'c' }), refused(403, 'permission_denied'))
    await tokens.issue({ owner: other, name: 'c' })
    stage.time.now += 60_000
    await tokens.issue({ owner, name: 'd' })
    await assert.rejects(tokens.issue({ owner, name: 'e' }), refused(403, 'permission_denied'))
    assert.equal(
      (await stage.database.read.selectFrom('audit_events').where('event', '=', 'token.created').selectAll().execute())
        .length,
      4,
    )
  })

  it('never exceeds the limit when many sign in at once on two nodes [B-TOK-27]', async () => {
    const { tokens, owner, stage } = await open({ limit: 3 })
    const other = createApiTokens({ database: stage.second, clock: stage.clock, format, limit: 3 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, turn) => (turn % 2 === 0 ? tokens : other).issue({ owner, name: 'a' })),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3)
    assert.equal((await tokens.list(owner)).length, 3)
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.equal(outcome.reason.status, 403)
  })

  it('gives nothing to an owner who is none, inactive, or no id at all', async () => {
    const { tokens, stage } = await open()
    const inactive = await stage.addUser({ is_active: 0 })
    for (const id of [formatId(inactive.id), formatId(stage.database.newId()), '', 'x'.repeat(500)]) {
      await assert.rejects(tokens.issue({ owner: { kind: 'user', id }, name: 'a' }), refused(400, 'invalid'))
    }
  })

  it('wants a name that can be shown', async () => {
    const { tokens, owner } = await open()
    for (const name of ['', '  ', 'a'.repeat(101), 'a\nb', 'a\0b', '\u202egnp.exe', '\ud800', null, 7, ['a']]) {
      await assert.rejects(tokens.issue({ owner, name: name as string }), refused(400, 'invalid'))
    }
  })

  it('writes nothing when a token is used, and later when it was used last', async () => {
    const { tokens, owner, stage } = await open({ precision: 60 })
    const { text } = await tokens.issue({ owner, name: 'a' })
    await tokens.find(text)
    assert.equal((await tokens.list(owner))[0]?.lastUsedAt, null)
    await tokens.close()
    const used = stage.time.now
    assert.equal((await tokens.list(owner))[0]?.lastUsedAt, used)
    stage.time.now += 59_999
    await tokens.find(text)
    await tokens.close()
    assert.equal((await tokens.list(owner))[0]?.lastUsedAt, used)
    stage.time.now += 1
    await tokens.find(text)
    await tokens.close()
    assert.equal((await tokens.list(owner))[0]?.lastUsedAt, used + 60_000)
  })

  it('lets use extend the life of a token, from the interval on and up to the most it may live [B-TOK-20]', async () => {
    const { tokens, owner, stage } = await open({ lifetime: 600, extend: { interval: 60, max: 1000 } })
    const { text } = await tokens.issue({ owner, name: 'a' })
    const start = stage.time.now
    const end = async () => (((await tokens.list(owner))[0]?.expiresAt ?? 0) - start) / 1000
    const use = async (second: number) => {
      stage.time.now = start + second * 1000
      const found = await tokens.find(text)
      await tokens.close()
      return found !== null
    }
    assert.deepEqual([await use(60), await end()], [true, 600])
    assert.deepEqual([await use(61), await end()], [true, 661])
    assert.deepEqual([await use(500), await end()], [true, 1000])
    assert.deepEqual([await use(999), await end()], [true, 1000])
    assert.deepEqual([await use(1000), await end()], [false, 1000])
  })

  it('leaves the life of a token alone where use is not to extend it [B-TOK-20]', async () => {
    const { tokens, owner, stage } = await open({ lifetime: 600 })
    const { text, record } = await tokens.issue({ owner, name: 'a' })
    stage.time.now += 500_000
    await tokens.find(text)
    await tokens.close()
    assert.equal((await tokens.list(owner))[0]?.expiresAt, record.expiresAt)
  })

  it('takes over tokens of Django REST framework, which go on working [B-TOK-22]', async () => {
    const { tokens, owner, stage } = await open()
    const text = '9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b'
    const adopted = { owner, name: 'from Django', text, createdAt: stage.time.now - 1000, by }
    const record = await tokens.adopt(adopted)
    await tokens.adopt(adopted)
    assert.equal(tokens.recognises(text), true)
    assert.equal((await tokens.find(text))?.principal.id, owner.id)
    assert.equal((await tokens.list(owner)).length, 1)
    assert.equal(record.masked, '40 hex digits')
    assert.equal(await tokens.find(text.replace('9', '8')), null)
    assert.equal(await tokens.find(text.toUpperCase()), null)
    await assert.rejects(tokens.adopt({ ...adopted, text: 'short' }), refused(400, 'invalid'))
    assert.equal(await tokens.revoke(record.id, { by }), true)
    assert.equal(await tokens.find(text), null)
  })

  it('gives no token that somebody has to somebody else, and takes none over twice [B-TOK-10]', async () => {
    const { tokens, owner, stage } = await open()
    const text = '9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b'
    const first = await tokens.adopt({ owner, name: 'laptop', text, createdAt: 1000, by })
    const bob = { kind: 'user', id: formatId((await stage.addUser({ username: 'bob' })).id) } as const
    await assert.rejects(
      tokens.adopt({ owner: bob, name: 'mine', text, createdAt: 2000, by }),
      refused(409, 'conflict'),
    )
    assert.equal((await tokens.find(text))?.principal.id, owner.id)
    assert.deepEqual(await tokens.list(bob), [])
    assert.deepEqual(await tokens.adopt({ owner, name: 'another', text, createdAt: 3000, by }), first)
    const adopted = stage.database.read.selectFrom('audit_events').selectAll().where('event', '=', 'token.adopted')
    assert.equal((await adopted.execute()).length, 1)
    const mine = await tokens.issue({ owner, name: 'a' })
    const id = format.parse(mine.text)?.id ?? 0n
    const row = await stage.database.read.selectFrom('api_tokens').selectAll().where('id', '=', id).executeTakeFirst()
    assert.ok(row)
    const taken = stage.database.write(async (unit) => {
      await unit
        .insertInto('api_tokens')
        .values({ ...row, user_id: parseId(bob.id) })
        .execute()
    })
    await assert.rejects(taken)
    assert.equal((await tokens.find(mine.text))?.principal.id, owner.id)
  })

  it('keeps the secret of a token whatever else of it is written, and no row without one [B-TOK-11]', async () => {
    const { tokens, owner, stage } = await open({ lifetime: 60, extend: { interval: 1 } })
    const { text } = await tokens.issue({ owner, name: 'a' })
    stage.time.now += 30_000
    assert.notEqual(await tokens.find(text), null)
    await tokens.close()
    const [used] = await tokens.list(owner)
    assert.notEqual(used?.lastUsedAt, null, 'it was written')
    assert.notEqual(await tokens.find(text), null)
    const cleared = stage.database.write(async (unit) => {
      await unit
        .updateTable('api_tokens')
        .set({ digest: null as never })
        .execute()
    })
    await assert.rejects(cleared)
    assert.notEqual(await tokens.find(text), null)
  })

  it('does not start with options that make no sense', async () => {
    const { database } = await stage()
    const bad: Partial<ApiTokensOptions>[] = [
      { lifetime: 0 },
      { lifetime: -1 },
      { lifetime: Number.NaN },
      { limit: 0 },
      { limit: 1.5 },
      { precision: 0 },
      { extend: {} },
      { lifetime: 60, extend: { max: 0 } },
      { lifetime: 60, extend: { interval: Number.NaN } },
    ]
    for (const options of bad) assert.throws(() => createApiTokens({ database, format, ...options }), TypeError)
    const tokens = createApiTokens({ database, format, lifetime: 60, extend: {} })
    const owner = { kind: 'user', id: formatId(1n) } as const
    await assert.rejects(tokens.issue({ owner, name: 'a', expiresIn: 30 }), TypeError)
    await assert.rejects(tokens.issue({ owner, name: 'a', expiresIn: 0 }), TypeError)
  })

  it('reads one row to find a token, however many its owner has [B-TOK-06 B-TOK-26]', async () => {
    const { owner, stage } = await open()
    let reads = 0
    const counting: Stage['database'] = {
      ...stage.database,
      lookup: (build) => {
        const lookup = stage.database.lookup(build)
        return async (id) => {
          reads += 1
          return lookup(id)
        }
      },
    }
    const tokens = createApiTokens({ database: counting, clock: stage.clock, format })
    const { text } = await tokens.issue({ owner, name: 'a' })
    for (let turn = 0; turn < 20; turn += 1) await tokens.issue({ owner, name: 'b' })
    await tokens.find(text)
    assert.equal(reads, 1)
    await tokens.find(`${text}x`)
    assert.equal(reads, 1)
  })
})

function refused(status: number, code: string): (error: unknown) => boolean {
  return (error) => error instanceof AuthError && error.status === status && error.code === code
}
