import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AuthError } from '../core/errors.ts'
import { createIssuerKeys } from '../oauth/issuer-keys.ts'
import { formatId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from './databases.contract.ts'
import { type Claims, type ForeignIssuer, foreignIssuer } from './issuer.contract.ts'
import { createServiceAccounts } from './service-accounts.ts'
import { createWorkloadTrusts, type WorkloadTrusts } from './workload-trusts.ts'

const by = { actor: 'user:admin' }
const ownIssuer = 'https://auth.example'
const subject = 'repo:acme/app:ref:refs/heads/main'
const audience = 'https://api.example'

onEachDatabase('createWorkloadTrusts', (stage) => {
  it('lets a token in that the issuer signed for the subject and the audience, as the service account, with the scopes of the trust', async () => {
    await using ci = await foreignIssuer()
    const { trusts, account, trust, claims, time } = await trusting(stage, ci)
    assert.deepEqual(await trusts.find(await ci.sign(claims())), {
      principal: {
        kind: 'service_account',
        id: account,
        name: 'service1',
        ownerId: null,
        scopes: ['notes:read', 'notes:write'],
        permissions: new Set(),
      },
      auth: {
        id: trust.id,
        issuer: ci.issuer,
        subject,
        scopes: ['notes:read'],
        expiresAt: time.now + 300_000,
      },
    })
    // RFC 7519, section 4.1.3: a list that names it.
    assert.notEqual(await trusts.find(await ci.sign({ ...claims(), aud: ['https://other.example', audience] })), null)
    assert.notEqual(await trusts.find(await ci.sign(claims(), { typ: undefined })), null)
  })

  it('refuses every token that is not so in one point', async () => {
    await using ci = await foreignIssuer()
    const { trusts, claims, time } = await trusting(stage, ci)
    const now = time.now / 1000
    const good = await ci.sign(claims())
    const [head = '', body = '', signature = ''] = good.split('.')
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const wrong: Readonly<Record<string, string>> = {
      'another issuer': await ci.sign({ ...claims(), iss: 'https://ci.example.evil.example' }),
      'an issuer with a slash more': await ci.sign({ ...claims(), iss: `${ci.issuer}/` }),
      'another audience': await ci.sign({ ...claims(), aud: `${audience}/` }),
      'no audience': await ci.sign({ ...claims(), aud: undefined }),
      'an empty list of audiences': await ci.sign({ ...claims(), aud: [] }),
      'an audience that is no text': await ci.sign({ ...claims(), aud: [audience, 5] }),
      'a hundred audiences': await ci.sign({ ...claims(), aud: [audience, ...Array(100).fill('x')] }),
      'a subject just outside': await ci.sign({ ...claims(), sub: `${subject}2` }),
      'a subject of another case': await ci.sign({ ...claims(), sub: subject.toUpperCase() }),
      'no subject': await ci.sign({ ...claims(), sub: undefined }),
      'no expiry': await ci.sign({ ...claims(), exp: undefined }),
      'an expiry that is past': await ci.sign({ ...claims(), exp: now }),
      'an expiry that is a text': await ci.sign({ ...claims(), exp: String(now + 300) }),
      'a life of years': await ci.sign({ ...claims(), exp: now + 1e9 }),
      'a beginning that is to come': await ci.sign({ ...claims(), nbf: now + 31 }),
      'an issue that is to come': await ci.sign({ ...claims(), iat: now + 31 }),
      'the type of an access token': await ci.sign(claims(), { typ: 'at+jwt' }),
      'a key that it is bound to': await ci.sign({ ...claims(), cnf: { jkt: 'x' } }),
      'a key that is not published': await ci.signForeign(claims()),
      'the public key as a secret': await ci.signBySecret(claims()),
      'a key id that is not there': await ci.sign(claims(), { kid: 'two' }),
      'no algorithm': `${encode({ alg: 'none', typ: 'JWT' })}.${body}.`,
      'no algorithm, with a signature': `${encode({ alg: 'none', kid: 'one' })}.${body}.${signature}`,
      'another algorithm': `${encode({ alg: 'PS256', kid: 'one' })}.${body}.${signature}`,
      'other claims under the signature': `${head}.${encode({ iss: ci.issuer, ...claims(), sub: subject, x: 1 })}.${signature}`,
      'no signature': `${head}.${body}`,
      'a huge token': await ci.sign({ ...claims(), more: 'x'.repeat(10_000) }),
      nothing: '',
      words: 'a.b.c',
    }
    for (const [name, token] of Object.entries(wrong)) assert.equal(await trusts.find(token), null, name)
    assert.notEqual(await trusts.find(good), null)
  })

  it('asks an issuer for nothing on the word of a token that nobody trusts', async () => {
    await using ci = await foreignIssuer()
    const { trusts, claims } = await trusting(stage, ci)
    for (const other of [{ aud: 'x' }, { sub: 'repo:evil/app:x' }, { iss: 'https://evil.example' }, { exp: 1 }]) {
      await trusts.find(await ci.sign({ ...claims(), ...other }))
    }
    assert.deepEqual(ci.asked, [])
    for (let turn = 0; turn < 5; turn += 1) await trusts.find(await ci.sign(claims(), { kid: `made-up-${turn}` }))
    assert.deepEqual(ci.asked, ['/.well-known/openid-configuration', '/keys'])
  })

  it('is over at once where the trust, the service account or a scope is taken away', async () => {
    await using ci = await foreignIssuer()
    const { trusts, accounts, account, trust, claims } = await trusting(stage, ci)
    const token = await ci.sign(claims())
    assert.notEqual(await trusts.find(token), null)
    await accounts.disable(account, { by })
    assert.equal(await trusts.find(token), null)
    await accounts.enable(account, { by })
    await accounts.update(account, { scopes: ['notes:write'] }, { by })
    assert.deepEqual((await trusts.find(token))?.auth.scopes, [])
    await trusts.remove(account, trust.id, { by })
    assert.equal(await trusts.find(token), null)
    await assert.rejects(trusts.remove(account, trust.id, { by }), refused(404, 'not_found'))
    await trusts.create(account, { issuer: ci.issuer, subject, audience }, { by })
    assert.notEqual(await trusts.find(token), null)
    await accounts.delete(account, { by })
    assert.equal(await trusts.find(token), null)
    assert.deepEqual(await trusts.list(account), [])
  })

  it('refuses a token that two service accounts trust, and lets nobody name the audience of another', async () => {
    await using ci = await foreignIssuer()
    const { trusts, account, claims, addServiceAccount } = await trusting(stage, ci)
    const token = await ci.sign(claims())
    const other = formatId((await addServiceAccount()).id)
    const same = await trusts.create(
      other,
      { issuer: ci.issuer, subject: 'repo:acme/*:ref:refs/heads/main', audience },
      { by },
    )
    assert.equal(await trusts.find(token), null)
    await trusts.remove(other, same.id, { by })
    assert.notEqual(await trusts.find(token), null)
    const own = trusts.audienceOf(account)
    assert.equal(own, `https://auth.example/service-accounts/${account}`)
    await trusts.create(account, { issuer: ci.issuer, subject, audience: own }, { by })
    await assert.rejects(
      trusts.create(other, { issuer: ci.issuer, subject, audience: own }, { by }),
      refused(400, 'invalid', 'audience'),
    )
    assert.equal((await trusts.find(await ci.sign({ ...claims(), aud: own })))?.principal.id, account)
  })

  it('takes keys from a document of that very issuer alone', async () => {
    await using ci = await foreignIssuer()
    const { trusts, claims, time } = await trusting(stage, ci)
    const token = await ci.sign(claims())
    ci.published.set('/.well-known/openid-configuration', {
      issuer: 'https://evil.example',
      jwks_uri: `${ci.issuer}/keys`,
    })
    await assert.rejects(trusts.find(token), refused(503, 'unavailable'))
    ci.published.set('/.well-known/openid-configuration', { issuer: ci.issuer, jwks_uri: `${ci.issuer}/keys` })
    time.now += 30_000
    assert.notEqual(await trusts.find(token), null)
  })

  it('says that it cannot tell now, and not that a token is bad, where the keys of the issuer cannot be had', async () => {
    await using ci = await foreignIssuer()
    const { trusts, account, claims, time } = await trusting(stage, ci)
    const token = await ci.sign(claims())
    const [metadata, keys] = ['/.well-known/openid-configuration', '/keys']
    for (const path of [metadata, keys]) {
      const answered = ci.published.get(path)
      ci.published.delete(path)
      await assert.rejects(trusts.find(token), refused(503, 'unavailable'), path)
      const found = await trusts.test(account, token)
      assert.deepEqual(found.find(({ check }) => check === 'key')?.isGood, false)
      // What can be told without the keys is told all the same.
      assert.equal(await trusts.find(await ci.sign({ ...claims(), aud: 'x' })), null)
      ci.published.set(path, answered)
      time.now += 30_000
    }
    assert.notEqual(await trusts.find(token), null)
    // Known keys go on serving; of one that is not among them nothing is known while they cannot be read anew.
    const unknown = await ci.sign(claims(), { kid: 'two' })
    assert.equal(await trusts.find(unknown), null)
    const kept = ci.published.get(keys)
    ci.published.delete(keys)
    time.now += 30_000
    await assert.rejects(trusts.find(unknown), refused(503, 'unavailable'))
    assert.notEqual(await trusts.find(token), null)
    ci.published.set(keys, kept)
    time.now += 30_000
    assert.equal(await trusts.find(unknown), null)
  })

  it('tells in the audit log that it was made, used by each token once, and removed, and never a token', async () => {
    await using ci = await foreignIssuer()
    const { trusts, account, trust, claims, database } = await trusting(stage, ci)
    const [one, two] = [await ci.sign({ ...claims(), jti: 'run-1' }), await ci.sign({ ...claims(), jti: 'run-2' })]
    for (const token of [one, one, two, one]) await trusts.find(token)
    await trusts.close()
    await trusts.find(one)
    await trusts.close()
    const [listed] = await trusts.list(account)
    assert.equal(typeof listed?.lastUsedAt, 'number')
    await trusts.remove(account, trust.id, { by })
    const rows = await database.read
      .selectFrom('audit_events')
      .select(['event', 'actor', 'subject', 'detail'])
      .where('event', 'like', 'workload_trust.%')
      .orderBy('id')
      .execute()
    const [self, thing] = [`service_account:${account}`, `workload_trust:${trust.id}`]
    assert.deepEqual(
      rows.map(({ event, actor, subject: of }) => [event, actor, of]),
      [
        ['workload_trust.made', 'user:admin', self],
        ['workload_trust.used', self, thing],
        ['workload_trust.used', self, thing],
        ['workload_trust.removed', 'user:admin', self],
      ],
    )
    assert.deepEqual(JSON.parse(rows[1]?.detail ?? ''), {
      account: self,
      issuer: ci.issuer,
      sub: subject,
      jti: 'run-1',
    })
    assert.doesNotMatch(JSON.stringify(rows), /eyJ/)
  })

  it('tries a sample token out, point by point', async () => {
    await using ci = await foreignIssuer()
    const { trusts, accounts, account, claims } = await trusting(stage, ci)
    const wrongIn = async (token: string): Promise<readonly string[]> =>
      (await trusts.test(account, token)).filter(({ isGood }) => !isGood).map(({ check }) => check)
    const all = await trusts.test(account, ` ${await ci.sign(claims())}\n`)
    assert.deepEqual(
      all.map(({ check }) => check),
      [
        'form',
        'issuer',
        'type',
        'algorithm',
        'audience',
        'subject',
        'expiry',
        'beginning',
        'key',
        'signature',
        'alone',
        'active',
        'way_in',
      ],
    )
    assert.ok(all.every(({ isGood }) => isGood))
    assert.deepEqual(await wrongIn('nonsense'), ['form'])
    assert.deepEqual(await wrongIn(await ci.sign({ ...claims(), iss: 'https://other.example' })), ['issuer'])
    assert.deepEqual(await wrongIn(await ci.sign({ ...claims(), aud: 'x', sub: 'y' })), ['audience', 'subject'])
    assert.deepEqual(await wrongIn(await ci.sign({ ...claims(), exp: 1 })), ['expiry'])
    assert.deepEqual(await wrongIn(await ci.signForeign(claims())), ['signature'])
    assert.deepEqual(await wrongIn(await ci.signBySecret(claims())), ['algorithm', 'key'])
    await accounts.disable(account, { by })
    assert.deepEqual(await wrongIn(await ci.sign(claims())), ['active'])
  })

  it('refuses values that make no sense, and what is there already', async () => {
    await using ci = await foreignIssuer()
    const { trusts, account } = await trusting(stage, ci)
    const values = { issuer: ci.issuer, subject: 'x', audience }
    const bad: readonly (readonly [field: string, value: unknown])[] = [
      ...[
        '',
        'http://ci.example',
        'https://',
        'ci.example',
        'https://ci.example/?a=1',
        'https://ci.example/#a',
        'https://u:p@ci.example',
        'https://ci .example',
        ownIssuer,
        `${ownIssuer}/`,
        5,
      ].map((value) => ['issuer', value] as const),
      ...['', '*', 'repo:*', 'a b', 5].map((value) => ['subject', value] as const),
      ...['', 'a b', `${ownIssuer}/service-accounts/x`, 5, 'x'.repeat(501)].map(
        (value) => ['audience', value] as const,
      ),
      ['scopes', ['admin']],
      ['scopes', 'notes:read'],
    ]
    for (const [field, value] of bad) {
      const given = { ...values, [field]: value }
      await assert.rejects(
        trusts.create(account, given, { by }),
        refused(400, 'invalid', field),
        `${field} ${String(value)}`,
      )
    }
    await assert.rejects(trusts.create(account, { ...values, subject }, { by }), refused(409, 'conflict'))
    await assert.rejects(trusts.create('nonsense', values, { by }), refused(404, 'not_found'))
    for (let count = 1; count < 20; count += 1)
      await trusts.create(account, { ...values, subject: `s${count}` }, { by })
    await assert.rejects(trusts.create(account, values, { by }), refused(409, 'conflict'))
  })

  it('does not wait for an issuer that hangs, and goes on with the keys that it knows', async () => {
    await using ci = await foreignIssuer()
    const { trusts, claims, time } = await trusting(stage, ci)
    const token = await ci.sign(claims())
    const [metadata, keys] = ['/.well-known/openid-configuration', '/keys']
    for (const path of [metadata, keys]) {
      const question = ci.hang(path)
      await assert.rejects(
        trusts.find(token),
        { code: 'unavailable', status: 503, headers: { 'retry-after': '5' } },
        path,
      )
      assert.equal(question.waiting(), 1, path)
      await question.giveUp()
      time.now += 30_000
    }
    assert.notEqual(await trusts.find(token), null)
    const later = async () => ci.sign({ ...claims(), exp: time.now / 1000 + 7200 })
    const question = ci.hang(metadata)
    ci.hang(keys)
    time.now += 3_600_000
    assert.notEqual(await trusts.find(await later()), null)
    assert.equal(question.waiting(), 1)
    // Whether a key is new cannot be told meanwhile.
    await assert.rejects(trusts.find(await ci.sign(claims(), { kid: 'two' })), refused(503, 'unavailable'))
  })

  it('is made once where two want the same at the same moment', async () => {
    await using ci = await foreignIssuer()
    const { trusts, account } = await trusting(stage, ci)
    const values = { issuer: ci.issuer, subject: 'x', audience }
    const made = await Promise.allSettled([1, 2, 3, 4].map(async () => trusts.create(account, values, { by })))
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of made) {
      if (one.status === 'rejected') assert.ok(refused(409, 'conflict')(one.reason), String(one.reason))
    }
  })
})

async function trusting(stage: () => Promise<Stage>, ci: ForeignIssuer) {
  const opened = await stage()
  const { database, clock, time, addServiceAccount } = opened
  const account = formatId((await addServiceAccount({ name: 'service1', scopes: 'notes:read notes:write' })).id)
  const findKey = createIssuerKeys({ fetch: ci.fetch, clock })
  const trusts: WorkloadTrusts = createWorkloadTrusts({ database, clock, ownIssuer, findKey })
  const trust = await trusts.create(account, { issuer: ci.issuer, subject, audience, scopes: ['notes:read'] }, { by })
  const claims = (): Claims => ({ sub: subject, aud: audience, exp: time.now / 1000 + 300, iat: time.now / 1000 })
  return { ...opened, accounts: createServiceAccounts({ database, clock }), account, trusts, trust, claims }
}

function refused(status: number, code: string, field?: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof AuthError &&
    error.status === status &&
    error.code === code &&
    (field === undefined || Object.hasOwn((error as { body?: object }).body ?? {}, field))
}
