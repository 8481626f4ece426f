import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import { signJws } from '../crypto/jws.ts'
import { peekJwt } from '../crypto/jwt.ts'
import type { JwtClaims } from '../crypto/jwt.ts'
import { createSealer } from '../crypto/seal.ts'
import { formatId, parseId, timeOfId } from '../storage/id.ts'
import { watchRevocations } from '../storage/revocations.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { UserRow } from '../storage/schema.ts'
import { onEachDatabase } from './databases.contract.ts'
import type { Stage } from './databases.contract.ts'
import { createTokenPairs } from './pairs.ts'
import type { TokenPairs, TokenPairsOptions } from './pairs.ts'
import { createSigningKeys } from './signing-keys.ts'
import type { RotatingKeys } from './signing-keys.ts'

const sealer = createSealer({ secret: 'a secret for tests with 32 characters or more' })
const issuer = 'https://id.example.com'
const laptop = { fingerprint: '192.0.2.0/24 Firefox' }
const other = { fingerprint: '198.51.100.0/24 curl' }
const second = 1000
const minute = 60 * second
const day = 24 * 60 * minute

onEachDatabase('createTokenPairs', (stage) => {
  it('gives an access and a refresh token with the claims of SimpleJWT and their own [B-JRF-01 B-JWT-14 B-JWT-16]', async (test) => {
    const {
      pairs,
      user,
      stage: set,
    } = await open(test, {}, { email: 'ann@example.com', is_staff: 1, permissions: 'a.b' })
    const now = set.time.now / 1000
    const { access, refresh } = await pairs.obtain(user)
    const { jti, fam, ...claims } = claimsIn(access)
    assert.deepEqual(claims, {
      token_type: 'access',
      iss: issuer,
      aud: issuer,
      iat: now,
      exp: now + 1800,
      sub: user.id,
      user_id: user.id,
      name: 'ann',
      email: 'ann@example.com',
      email_verified: false,
      is_staff: true,
      is_superuser: false,
      permissions: ['a.b'],
    })
    assert.equal(timeOfId(parseId(String(jti)) ?? 0n), set.time.now)
    const { jti: refreshId, ...refreshClaims } = claimsIn(refresh)
    assert.deepEqual(refreshClaims, {
      token_type: 'refresh',
      iss: issuer,
      aud: issuer,
      iat: now,
      exp: now + 7 * 86_400,
      sub: user.id,
      user_id: user.id,
      fam,
    })
    assert.notEqual(refreshId, jti)
    assert.equal(peekJwt(access)?.header.typ, 'JWT')
    assert.equal(typeof peekJwt(access)?.header.kid, 'string')
    assert.deepEqual({ ...(await pairs.accessVerifier.verify(access)) }, claimsIn(access))
    assert.equal(pairs.isRevoked(claimsIn(access)), null)
  })

  it('never gives two tokens one jti [B-JWT-14]', async (test) => {
    const { pairs, user } = await open(test)
    const given = await Promise.all(Array.from({ length: 20 }, async () => pairs.obtain(user)))
    const ids = given.flatMap(({ access, refresh }) => [claimsIn(access).jti, claimsIn(refresh).jti])
    assert.equal(new Set(ids).size, 40)
  })

  it('writes neither audience nor e-mail address where there is none', async (test) => {
    const { pairs, user } = await open(test, { audience: null })
    const claims = claimsIn((await pairs.obtain(user)).access)
    for (const name of ['aud', 'email', 'permissions']) assert.ok(!(name in claims), name)
  })

  it('keeps no refresh token in usable form [B-JRF-23]', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const first = await pairs.obtain(user)
    const next = await pairs.refresh(first.refresh, laptop)
    const rows = [
      await set.database.read.selectFrom('refresh_tokens').selectAll().execute(),
      await set.database.read.selectFrom('refresh_families').selectAll().execute(),
      await set.database.read.selectFrom('audit_events').selectAll().execute(),
    ].flat()
    const values = rows
      .flatMap((row) => Object.values(row))
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
    for (const text of [first.refresh, next.refresh, next.access]) {
      for (const part of text.split('.')) assert.ok(!values.some((value) => value.includes(part)))
    }
  })

  it('records refresh tokens with user, jti and expiry, and access tokens nowhere [B-JRF-17 B-JRF-18]', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const { access, refresh } = await pairs.obtain(user)
    const rows = await set.database.read
      .selectFrom('refresh_tokens')
      .innerJoin('refresh_families', 'refresh_families.id', 'family_id')
      .select(['refresh_tokens.id', 'user_id', 'refresh_tokens.expires_at'])
      .execute()
    const { jti, exp = 0 } = claimsIn(refresh)
    assert.deepEqual(rows, [{ id: parseId(String(jti)), user_id: parseId(user.id), expires_at: exp * 1000 }])
    assert.notEqual(claimsIn(access).jti, jti)
  })

  it('trades a refresh token for the next pair, with the same claims and a later expiry [B-JRF-05 B-JRF-08]', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const first = await pairs.obtain(user, { claims: { tenant: 'acme' } })
    set.time.now += minute
    const next = await pairs.refresh(first.refresh, laptop)
    const [before, after] = [claimsIn(first.access), claimsIn(next.access)]
    assert.equal(after['tenant'], 'acme')
    assert.equal(after['fam'], before['fam'])
    assert.equal((after.exp ?? 0) - (before.exp ?? 0), 60)
    assert.equal(claimsIn(next.refresh).exp, (claimsIn(first.refresh).exp ?? 0) + 60)
    assert.notEqual(claimsIn(next.refresh).jti, claimsIn(first.refresh).jti)
    await pairs.verify(next.refresh)
    await pairs.verify(next.access)
  })

  it('gives a retry of the same client the same answer, within the grace [B-JRF-19]', async (test) => {
    const { pairs, user, stage: set, reused } = await open(test)
    const { refresh } = await pairs.obtain(user)
    const next = await pairs.refresh(refresh, laptop)
    set.time.now += 10 * second - 1
    assert.deepEqual(await pairs.refresh(refresh, laptop), next)
    await pairs.verify(next.refresh)
    assert.deepEqual(reused, [])
  })

  it('ends the family where a spent token comes again after the grace [B-JRF-09 B-JRF-20 RF01 RF02]', async (test) => {
    const { pairs, user, stage: set, reused } = await open(test)
    const { refresh } = await pairs.obtain(user)
    const next = await pairs.refresh(refresh, laptop)
    set.time.now += 10 * second
    await assert.rejects(pairs.refresh(refresh, laptop), refused('token_not_valid'))
    assert.deepEqual(reused, [user.id])
    await assertDead(pairs, next)
    const family = await set.database.read.selectFrom('refresh_families').selectAll().executeTakeFirstOrThrow()
    assert.equal(family.revoked_for, 'reused')
    const revocations = await set.database.read.selectFrom('revocations').select(['kind', 'subject_id']).execute()
    assert.deepEqual(revocations, [{ kind: 'family', subject_id: family.id }])
    const events = await set.database.read
      .selectFrom('audit_events')
      .select('event')
      .where('event', 'like', 'family.%')
      .execute()
    assert.deepEqual(
      events.map(({ event }) => event),
      ['family.created', 'family.refreshed', 'family.revoked'],
    )
  })

  it('ends the family where a spent token comes from another client, in the grace too [RF02]', async (test) => {
    const { pairs, user } = await open(test)
    const { refresh } = await pairs.obtain(user)
    const next = await pairs.refresh(refresh, laptop)
    await assert.rejects(pairs.refresh(refresh, other), refused('token_not_valid'))
    await assertDead(pairs, next)
  })

  it('ends the family where a spent token comes again although its answer was used [RF02]', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const { refresh } = await pairs.obtain(user)
    const next = await pairs.refresh(refresh, laptop)
    const later = await pairs.refresh(next.refresh, laptop)
    const answers = await set.database.read.selectFrom('refresh_tokens').select('answer').orderBy('id').execute()
    assert.deepEqual(
      answers.map(({ answer }) => answer !== null),
      [false, false, true],
    )
    await assert.rejects(pairs.refresh(refresh, laptop), refused('token_not_valid'))
    await assertDead(pairs, later)
  })

  it('gives no answer twice where the grace is switched off', async (test) => {
    const { pairs, user, stage: set } = await open(test, { grace: 0 })
    const { refresh } = await pairs.obtain(user)
    const next = await pairs.refresh(refresh, laptop)
    const rows = await set.database.read.selectFrom('refresh_tokens').select('answer').execute()
    assert.ok(rows.every(({ answer }) => answer === null))
    await assert.rejects(pairs.refresh(refresh, laptop), refused('token_not_valid'))
    await assertDead(pairs, next)
  })

  it('begins one branch when a token is used 50 times at once on two nodes, and all get the same answer [B-JRF-19]', async (test) => {
    const { pairs, user, stage: set, keys, open: openNode } = await open(test)
    const node = await openNode(set.second)
    const { refresh } = await pairs.obtain(user)
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, turn) => (turn % 2 === 0 ? pairs : node).refresh(refresh, laptop)),
    )
    assert.equal(new Set(answers.map((answer) => answer.refresh)).size, 1)
    assert.equal(new Set(answers.map((answer) => answer.access)).size, 1)
    const rows = await set.database.read.selectFrom('refresh_tokens').select('spent_at').orderBy('spent_at').execute()
    const spent = rows.filter(({ spent_at }) => spent_at !== null)
    assert.deepEqual([rows.length, spent.length], [2, 1])
    assert.equal(keys.jwks().keys.length, 1)
    await pairs.verify(answers[0]?.refresh ?? '')
  })

  it('lets one of 50 through where no answer is given twice, and ends the family for the others [RF01 RF02]', async (test) => {
    const { pairs, user, stage: set, open: openNode } = await open(test, { grace: 0 })
    const node = await openNode(set.second, { grace: 0 })
    const { refresh } = await pairs.obtain(user)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, turn) => (turn % 2 === 0 ? pairs : node).refresh(refresh, laptop)),
    )
    const given = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    assert.equal(given.length, 1)
    await assertDead(pairs, given[0]?.value ?? { access: '', refresh: '' })
    const ends = await set.database.read
      .selectFrom('audit_events')
      .select('id')
      .where('event', '=', 'family.revoked')
      .execute()
    assert.equal(ends.length, 1)
  })

  it('ends a family once when a spent token comes 50 times after the grace [RF02]', async (test) => {
    const { pairs, user, stage: set, reused } = await open(test)
    const { refresh } = await pairs.obtain(user)
    const next = await pairs.refresh(refresh, laptop)
    set.time.now += minute
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, async () => pairs.refresh(refresh, laptop)))
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason.code === 'token_not_valid'))
    assert.equal(reused.length, 1)
    await assertDead(pairs, next)
  })

  it('never lets a rotation reach beyond the end of the family, and no access token either [B-JRF-21 RF08]', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const start = set.time.now
    let { refresh } = await pairs.obtain(user)
    for (let days = 6; days < 30; days += 6) {
      set.time.now = start + days * day
      ;({ refresh } = await pairs.refresh(refresh, laptop))
    }
    set.time.now = start + 30 * day - minute
    const last = await pairs.refresh(refresh, laptop)
    for (const text of [last.access, last.refresh]) assert.equal(claimsIn(text).exp, (start + 30 * day) / 1000)
    set.time.now = start + 30 * day
    await assert.rejects(pairs.refresh(last.refresh, laptop), refused('token_not_valid'))
  })

  it('ends a refresh token that lay unused for its lifetime [B-JRF-06 RF08]', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const { refresh } = await pairs.obtain(user)
    set.time.now += 7 * day
    await assert.rejects(pairs.refresh(refresh, laptop), refused('token_not_valid'))
    await assert.rejects(pairs.blacklist(refresh), refused('token_not_valid'))
  })

  it('refuses what is no refresh token of ours [B-JRF-06]', async (test) => {
    const { pairs, user, keys, stage: set } = await open(test)
    const { access, refresh } = await pairs.obtain(user)
    const claims = claimsIn(refresh)
    const sign = (changes: object, header: object = { typ: 'JWT' }): string =>
      signJws(keys.current(), header as Record<string, unknown>, { ...claims, ...changes })
    const [head = '', body = '', signature = ''] = refresh.split('.')
    const unknown = formatId(set.database.newId())
    const bad: unknown[] = [
      '',
      'nonsense',
      'a.b.c',
      `${head}.${body}.`,
      `${head}.${body}.${'A'.repeat(signature.length)}`,
      `${refresh}x`,
      ` ${refresh}`,
      `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`,
      access,
      sign({ token_type: 'other' }),
      sign({ token_type: ['refresh'] }),
      sign({ iss: 'https://evil.example' }),
      sign({ aud: 'https://evil.example' }),
      sign({ jti: unknown }),
      sign({ jti: 'nonsense' }),
      sign({ jti: undefined }),
      sign({ fam: unknown }),
      sign({ fam: undefined }),
      sign({ exp: undefined }),
      sign({ exp: set.time.now / 1000 }),
      sign({}, { typ: 'at+jwt' }),
      sign({ filler: 'x'.repeat(9000) }),
      '\0'.repeat(100_000),
      null,
      7,
      [refresh],
    ]
    for (const text of bad) {
      await assert.rejects(
        pairs.refresh(text as string, laptop),
        refused('token_not_valid'),
        JSON.stringify(text)?.slice(0, 80),
      )
    }
    await pairs.refresh(refresh, laptop)
  })

  it('answers no_active_account where the user is disabled or deleted [B-JRF-07]', async (test) => {
    const { pairs, user, row, stage: set } = await open(test)
    const [one, two] = [await pairs.obtain(user), await pairs.obtain(user)]
    await set.setUser(row.id, { is_active: 0 })
    await assert.rejects(pairs.refresh(one.refresh, laptop), refused('no_active_account'))
    await assert.rejects(pairs.obtain(user), refused('no_active_account'))
    await set.setUser(row.id, { is_active: 1 })
    await pairs.refresh(one.refresh, laptop)
    await set.database.write(async (unit) => void (await unit.deleteFrom('users').execute()))
    await assert.rejects(pairs.refresh(two.refresh, laptop), refused('no_active_account'))
    await assert.rejects(pairs.obtain(user), refused('no_active_account'))
  })

  it('gives nothing where the family, its user or their access ends while a refresh is under way', async (test) => {
    let meanwhile = async (): Promise<unknown> => undefined
    const {
      pairs,
      user,
      row,
      stage: set,
    } = await open(test, {
      claims: async () => {
        await meanwhile()
        return {}
      },
    })
    const ends: readonly [(refresh: string) => Promise<unknown>, string][] = [
      [async (refresh) => pairs.blacklist(refresh), 'token_not_valid'],
      [async () => set.setUser(row.id, { signed_out_at: set.time.now }), 'token_not_valid'],
      [async () => set.setUser(row.id, { is_active: 0 }), 'no_active_account'],
    ]
    for (const [end, code] of ends) {
      await set.setUser(row.id, { signed_out_at: null })
      const { refresh } = await pairs.obtain(user)
      meanwhile = async () => {
        meanwhile = async () => undefined
        await end(refresh)
      }
      await assert.rejects(pairs.refresh(refresh, laptop), refused(code))
      const id = parseId(String(claimsIn(refresh).jti)) ?? 0n
      const token = await set.database.read
        .selectFrom('refresh_tokens')
        .select('spent_at')
        .where('id', '=', id)
        .executeTakeFirst()
      assert.equal(token?.spent_at, null)
    }
  })

  it('writes the rights that the user has now into the next access token [B-JRF-22]', async (test) => {
    const { pairs, user, row, stage: set } = await open(test, {}, { is_staff: 1, permissions: 'a.b' })
    const { refresh } = await pairs.obtain(user)
    await set.setUser(row.id, { is_staff: 0, permissions: '', email: 'new@example.com', email_verified: 1 })
    await set.addToGroup(row.id, 'c.d')
    const claims = claimsIn((await pairs.refresh(refresh, laptop)).access)
    assert.equal(claims['is_staff'], false)
    assert.deepEqual(claims['permissions'], ['c.d'])
    assert.deepEqual([claims['email'], claims['email_verified']], ['new@example.com', true])
  })

  it('adds claims of the application, made anew for each token, and lets none replace those of the protocol', async (test) => {
    let plan = 'free'
    const {
      pairs,
      user,
      open: openNode,
      stage: set,
    } = await open(test, { claims: async ({ name }) => ({ plan, who: name }) })
    const first = await pairs.obtain(user, { claims: { plan: 'stored', tenant: 'acme' } })
    assert.deepEqual([claimsIn(first.access)['plan'], claimsIn(first.access)['who']], ['free', 'ann'])
    plan = 'paid'
    const next = claimsIn((await pairs.refresh(first.refresh, laptop)).access)
    assert.deepEqual([next['plan'], next['tenant']], ['paid', 'acme'])
    for (const name of [
      'sub',
      'iss',
      'aud',
      'exp',
      'token_type',
      'fam',
      'is_superuser',
      'permissions',
      'roles',
      'organisations',
      'user_id',
      'cnf',
    ]) {
      await assert.rejects(pairs.obtain(user, { claims: { [name]: 'x' } }), new RegExp(`claims: ${name} is set`))
      const wicked = await openNode(set.database, { claims: async () => ({ [name]: true }) })
      await assert.rejects(wicked.obtain(user), new RegExp(`claims: ${name} is set`))
    }
    await assert.rejects(pairs.obtain(user, { claims: { long: 'x'.repeat(5000) } }), TypeError)
    await assert.rejects(pairs.obtain(user, { claims: [] as never }), TypeError)
  })

  it('refuses to make an access token that no one would take', async (test) => {
    const permissions = Array.from({ length: 600 }, (_, turn) => `notes.permission_${turn}`).join(' ')
    const { pairs, user } = await open(test, {}, { permissions })
    await assert.rejects(pairs.obtain(user), /longer than 8192 characters/)
  })

  it('verifies tokens of any type, and refuses those that are over, revoked or spent [B-JRF-12]', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const first = await pairs.obtain(user)
    for (const text of [first.access, first.refresh]) await pairs.verify(text)
    const next = await pairs.refresh(first.refresh, laptop)
    await assert.rejects(pairs.verify(first.refresh), refused('token_not_valid'))
    set.time.now += 30 * minute
    await assert.rejects(pairs.verify(first.access), refused('token_not_valid'))
    await pairs.verify(next.refresh)
    for (const text of ['', 'x', '.'.repeat(10_000)])
      await assert.rejects(pairs.verify(text), refused('token_not_valid'))
  })

  it('signs out by a refresh token, at once and harmlessly twice [B-JRF-13 B-JRF-14 B-JRF-25]', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const [mine, elsewhere] = [await pairs.obtain(user), await pairs.obtain(user)]
    await assert.rejects(pairs.blacklist(mine.access), refused('token_not_valid'))
    await pairs.verify(mine.access)
    await pairs.blacklist(mine.refresh)
    await assertDead(pairs, mine)
    await pairs.blacklist(mine.refresh)
    const rows = await set.database.read.selectFrom('revocations').selectAll().execute()
    assert.equal(rows.length, 1)
    await pairs.verify(elsewhere.access)
    await pairs.refresh(elsewhere.refresh, laptop)
  })

  it('signs out by a refresh token that was spent, too: the newest ends with it', async (test) => {
    const { pairs, user } = await open(test)
    const first = await pairs.obtain(user)
    const next = await pairs.refresh(first.refresh, laptop)
    await pairs.blacklist(first.refresh)
    await assertDead(pairs, next)
  })

  it('signs a user out everywhere, and nobody else, and lets them sign in again [B-JRF-11]', async (test) => {
    const { pairs, user, row, stage: set } = await open(test)
    const bob = await set.addUser({ username: 'bob' })
    const theirs = await pairs.obtain({ kind: 'user', id: formatId(bob.id), name: 'bob' })
    const mine = [await pairs.obtain(user), await pairs.obtain(user)]
    await pairs.revokeUser(user.id, 'password_changed', { actor: `user:${user.id}` })
    await pairs.revokeUser('nonsense', 'revoked', { actor: 'system' })
    for (const pair of mine) await assertDead(pairs, pair)
    await pairs.verify(theirs.access)
    assert.equal(
      (await set.database.read.selectFrom('users').select('signed_out_at').where('id', '=', row.id).executeTakeFirst())
        ?.signed_out_at,
      set.time.now,
    )
    await assert.rejects(pairs.obtain(user), refused('no_active_account'))
    set.time.now += 1
    const again = await pairs.obtain(user)
    await pairs.verify(again.access)
    await pairs.refresh(again.refresh, laptop)
  })

  it('gives nothing for a proof from before the user signed out everywhere', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const since = set.time.now
    set.time.now += 5
    await pairs.revokeUser(user.id, 'password_changed', { actor: 'system' })
    set.time.now += 5
    await assert.rejects(pairs.obtain(user, { since }), refused('no_active_account'))
    await pairs.obtain(user, { since: set.time.now })
  })

  it('leaves refresh tokens alone where only rights were taken away, and ends access tokens [B-JRF-22]', async (test) => {
    const { pairs, user, row, stage: set, revocations } = await open(test)
    const pair = await pairs.obtain(user)
    const until = { notBefore: set.time.now + 1, expiresAt: set.time.now + day }
    await set.database.write(async (unit) => revocations.revoke(unit, { kind: 'user', subjectId: row.id, ...until }))
    await assert.rejects(pairs.verify(pair.access), refused('token_not_valid'))
    await pairs.verify(pair.refresh)
    set.time.now += 1
    await pairs.verify((await pairs.refresh(pair.refresh, laptop)).access)
  })

  it('tells from memory what is revoked, here at once and on another node at its next look', async (test) => {
    const { pairs, user, stage: set } = await open(test)
    const there = await watchRevocations(set.second, { clock: set.clock })
    test.after(async () => there.close())
    const { access, refresh } = await pairs.obtain(user)
    const claims = await pairs.accessVerifier.verify(access)
    assert.equal(pairs.isRevoked(claims), null)
    await pairs.blacklist(refresh)
    assert.equal(pairs.isRevoked(claims), 'token_not_valid')
    await there.refresh()
    assert.equal(there.revoked('family', parseId(String(claims['fam'])) ?? 0n), true)
  })

  it('goes on verifying after the keys rotated, and with keys of their own for refresh tokens [B-JWT-17 MD06]', async (test) => {
    const { stage: set, keys, user, open: openNode } = await open(test)
    const refreshKeys = await createSigningKeys({
      database: set.database,
      sealer,
      clock: set.clock,
      algorithm: 'HS256',
    })
    test.after(() => refreshKeys.close())
    const pairs = await openNode(set.database, { refreshKeys })
    const first = await pairs.obtain(user)
    assert.equal(peekJwt(first.refresh)?.header.alg, 'HS256')
    await keys.rotate({ by: { actor: 'system' }, now: true })
    await refreshKeys.rotate({ by: { actor: 'system' }, now: true })
    for (const text of [first.access, first.refresh]) await pairs.verify(text)
    const next = await pairs.refresh(first.refresh, laptop)
    assert.equal(peekJwt(next.access)?.header.kid, keys.current().kid)
    for (const text of [next.access, next.refresh]) await pairs.verify(text)
    await keys.retire(peekJwt(first.access)?.header.kid ?? '', { by: { actor: 'system' } })
    await assert.rejects(pairs.verify(first.access), refused('token_not_valid'))
  })

  it('slides: a token is traded for one that ends later, as long as refresh_exp lies ahead [B-JRF-16]', async (test) => {
    const { pairs, user, stage: set } = await open(test, { sliding: { lifetime: 300, refreshLifetime: 900 } })
    const start = set.time.now
    const first = await pairs.obtainSliding(user, { claims: { tenant: 'acme' } })
    assert.equal(claimsIn(first)['token_type'], 'sliding')
    assert.equal(claimsIn(first)['refresh_exp'], start / 1000 + 900)
    await pairs.verify(first)
    set.time.now = start + 299 * second
    const next = await pairs.refreshSliding(first)
    assert.equal(claimsIn(next).exp, start / 1000 + 599)
    assert.equal(claimsIn(next)['refresh_exp'], start / 1000 + 900)
    assert.equal(claimsIn(next)['tenant'], 'acme')
    set.time.now = start + 598 * second
    const last = await pairs.refreshSliding(next)
    assert.equal(claimsIn(last).exp, start / 1000 + 898)
    set.time.now = start + 896 * second
    assert.equal(claimsIn(await pairs.refreshSliding(last)).exp, start / 1000 + 900)
    await assert.rejects(pairs.refreshSliding(next), refused('token_not_valid'))
    set.time.now = start + 900 * second
    await assert.rejects(pairs.refreshSliding(last), refused('token_not_valid'))
  })

  it('refuses to slide a token without a refresh_exp ahead, of another type, or whose family or user is over [B-JRF-16]', async (test) => {
    const { pairs, user, row, keys, stage: set } = await open(test)
    const token = await pairs.obtainSliding(user)
    const sign = (changes: object): string =>
      signJws(keys.current(), { typ: 'JWT' }, { ...claimsIn(token), ...changes })
    const { access, refresh } = await pairs.obtain(user)
    const bad = [
      '',
      access,
      refresh,
      sign({ refresh_exp: undefined }),
      sign({ refresh_exp: set.time.now / 1000 }),
      sign({ refresh_exp: '9999999999' }),
    ]
    for (const text of bad) await assert.rejects(pairs.refreshSliding(text), refused('token_not_valid'))
    await assert.rejects(pairs.refresh(token, laptop), refused('token_not_valid'))
    await set.setUser(row.id, { is_active: 0 })
    await assert.rejects(pairs.refreshSliding(token), refused('no_active_account'))
    await set.setUser(row.id, { is_active: 1 })
    await pairs.blacklist(token)
    await assert.rejects(pairs.refreshSliding(token), refused('token_not_valid'))
    await assert.rejects(pairs.verify(token), refused('token_not_valid'))
  })

  it('does not start with options that make no sense [B-JWT-15]', async (test) => {
    const { stage: set, open: openNode } = await open(test)
    const bad: Partial<TokenPairsOptions>[] = [
      { issuer: '' },
      { accessLifetime: 0 },
      { refreshLifetime: -1 },
      { familyLifetime: Number.NaN },
      { grace: 11 },
      { grace: -1 },
      { leeway: 301 },
      { sliding: { lifetime: 0 } },
      { sliding: { refreshLifetime: 0 } },
      { audience: [] },
    ]
    for (const options of bad) await assert.rejects(openNode(set.database, options), TypeError)
  })

  it('is for users of the database', async (test) => {
    const { pairs } = await open(test)
    await assert.rejects(pairs.obtain({ kind: 'user', id: 'nonsense', name: 'x' }), TypeError)
  })

  async function open(
    test: Test,
    options: Partial<TokenPairsOptions> = {},
    columns: Partial<UserRow> = {},
  ): Promise<Opened> {
    const set = await stage()
    const row = await set.addUser({ username: 'ann', ...columns })
    const keys = await createSigningKeys({ database: set.database, sealer, clock: set.clock })
    const revocations = await watchRevocations(set.database, { clock: set.clock })
    const reused: string[] = []
    test.after(async () => {
      keys.close()
      await revocations.close()
    })
    const openNode = async (database: Stage['database'], more: Partial<TokenPairsOptions> = {}): Promise<TokenPairs> =>
      createTokenPairs({
        database,
        revocations,
        keys,
        issuer,
        clock: set.clock,
        onReused: ({ userId }) => reused.push(userId),
        ...more,
      })
    const user: User = {
      kind: 'user',
      id: formatId(row.id),
      name: row.username,
      email: row.email,
      isStaff: row.is_staff === 1,
      permissions: new Set(row.permissions === '' ? [] : row.permissions.split(' ')),
    }
    return {
      pairs: await openNode(set.database, options),
      user,
      row,
      keys,
      revocations,
      reused,
      stage: set,
      open: openNode,
    }
  }
})

interface Test {
  readonly after: (action: () => unknown) => void
}

interface Opened {
  readonly pairs: TokenPairs
  readonly user: User
  readonly row: UserRow
  readonly keys: RotatingKeys
  readonly revocations: Revocations
  readonly reused: readonly string[]
  readonly stage: Stage
  readonly open: (database: Stage['database'], options?: Partial<TokenPairsOptions>) => Promise<TokenPairs>
}

function claimsIn(token: string): JwtClaims {
  return peekJwt(token)?.payload ?? {}
}

async function assertDead(
  pairs: TokenPairs,
  { access, refresh }: { readonly access: string; readonly refresh: string },
): Promise<void> {
  assert.equal(pairs.isRevoked(await pairs.accessVerifier.verify(access)), 'token_not_valid')
  await assert.rejects(pairs.verify(access), refused('token_not_valid'))
  await assert.rejects(pairs.verify(refresh), refused('token_not_valid'))
  await assert.rejects(pairs.refresh(refresh, laptop), refused('token_not_valid'))
}

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AuthError && error.status === 401 && error.code === code
}
