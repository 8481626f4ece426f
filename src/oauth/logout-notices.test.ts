import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, it } from 'node:test'
import { sql } from 'kysely'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { createPasswords } from '../accounts/passwords.ts'
import { createUsers } from '../accounts/users.ts'
import { createSafeFetch, FetchRefused, type SafeFetch } from '../http/safe-fetch.ts'
import { formatId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import { watchRevocations } from '../storage/revocations.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import { createTokenPairs } from '../tokens/pairs.ts'
import type { ClientMetadata } from './client-metadata.ts'
import type { OAuthClient } from './client.ts'
import { createLogoutNotices } from './logout-notices.ts'
import { type OAuthDesk, openOAuthDesk } from './oauth-desk.contract.ts'
import { clientAt, signInTo, verifiedBy } from './openid.contract.ts'
import { createSubjects } from './subjects.ts'

const fetch = createSafeFetch({ insecureHosts: ['127.0.0.1'], allowedAddresses: ['127.0.0.0/8'] })
const event = 'http://schemas.openid.net/event/backchannel-logout'

interface Received {
  readonly path: string
  readonly method: string
  readonly type: string
  readonly token: string
}

/** An application that is told of sign-outs, and answers as it is told to. */
interface Application {
  readonly address: string
  readonly received: Received[]
  status: number
}

const servers: Server[] = []

async function application(): Promise<Application> {
  const received: Received[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString())
      const { url: path = '', method = '', headers } = incoming
      received.push({ path, method, type: headers['content-type'] ?? '', token: form.get('logout_token') ?? '' })
      outgoing.writeHead(app.status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  servers.push(server)
  const app = { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, status: 200 }
  return app
}

after(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
})

onEachDatabase('back-channel logout', (stage) => {
  interface Opened {
    readonly stage: Stage
    readonly desk: OAuthDesk
    readonly user: UserRow
    readonly signIn: () => Promise<{ readonly id: string; readonly signInId: string }>
    readonly addClient: (metadata: ClientMetadata) => Promise<OAuthClient>
    readonly close: () => Promise<void>
  }

  async function open(fetching: SafeFetch = fetch): Promise<Opened> {
    const here = await stage()
    const desk = await openOAuthDesk(
      // The sessions of a desk tell the server whose they are.
      { fetch: fetching },
      { database: here.database, time: here.time },
    )
    const user = await desk.addUser()
    return {
      stage: here,
      desk,
      user,
      signIn: async () => {
        const { id, value } = await desk.sessions.create({ userId: formatId(user.id) })
        return { id, signInId: (await desk.sessions.find(value))?.auth.signInId ?? '' }
      },
      addClient: async (metadata) =>
        clientAt(desk, await desk.addClient({ grantTypes: ['authorization_code'], scopes: ['openid'], metadata })),
      close: desk.close,
    }
  }

  it('tells each application that the sign-in was used for, by a signed token of its own [LO05 LO06 B-OID-19]', async () => {
    const { desk, user, signIn, addClient, close } = await open()
    const [one, two] = [await application(), await application()]
    const first = await addClient({ backchannelLogoutUri: `${one.address}/logout` })
    const second = await addClient({ backchannelLogoutUri: `${two.address}/bc`, idTokenSignedResponseAlg: 'ES256' })
    const elsewhere = await application()
    const never = await addClient({ backchannelLogoutUri: elsewhere.address })
    const { id, signInId } = await signIn()
    for (const client of [first, first, second]) await signInTo(desk, { user, client, signInId })
    await signInTo(desk, { user, client: never, signInId: (await signIn()).signInId })

    assert.equal(await desk.sessions.end(id), true)
    await desk.server.logout.deliver()
    assert.deepEqual([one.received.length, two.received.length, elsewhere.received.length], [1, 1, 0])
    for (const [app, client, alg] of [
      [one, first, 'RS256'],
      [two, second, 'ES256'],
    ] as const) {
      const { method, type, token } = app.received[0] ?? assert.fail()
      assert.deepEqual([method, type], ['POST', 'application/x-www-form-urlencoded'])
      // OpenID Connect Back-Channel Logout 1.0, section 2.4.
      const { claims, header } = await verifiedBy(desk, token, { audience: client.id, typ: 'logout+jwt' })
      assert.equal(header.alg, alg)
      assert.deepEqual(claims['events'], { [event]: {} })
      assert.deepEqual([claims.sub, claims['sid']], [formatId(user.id), signInId])
      assert.equal(claims.iat, Math.floor(desk.time.now / 1000))
      assert.ok((claims.exp ?? Infinity) - (claims.iat ?? 0) <= 120)
      assert.match(String(claims.jti), /^\w+$/)
      // "A nonce Claim MUST NOT be present": so that it is not taken for an ID token.
      assert.ok(!('nonce' in claims))
      assert.equal(await desk.server.idTokens.readHint(token), null)
    }
    assert.deepEqual(await desk.database.read.selectFrom('logout_notices').selectAll().execute(), [])
    const events = await desk.database.read
      .selectFrom('audit_events')
      .select(['event', 'subject'])
      .where('event', '=', 'logout.notified')
      .execute()
    assert.deepEqual(
      new Set(events.map(({ subject }) => subject)),
      new Set([`client:${first.id}`, `client:${second.id}`]),
    )
    await desk.server.logout.deliver()
    assert.equal(one.received.length, 1)
    await close()
  })

  it('tells an application by the names that it knows, where those are pairwise', async () => {
    const { desk, user, signIn, addClient, close } = await open()
    const app = await application()
    const client = await addClient({
      backchannelLogoutUri: app.address,
      subjectType: 'pairwise',
      redirectUris: ['https://app.example/cb'],
    })
    const { id, signInId } = await signIn()
    const { idToken } = await signInTo(desk, { user, client, signInId })
    await desk.sessions.end(id)
    await desk.server.logout.deliver()
    const known = (await verifiedBy(desk, idToken)).claims
    const { claims } = await verifiedBy(desk, app.received[0]?.token ?? '')
    assert.deepEqual([claims.sub, claims['sid']], [known.sub, known['sid']])
    assert.notEqual(claims.sub, formatId(user.id))
    await close()
  })

  it('hears of every way in which a sign-in ends, and not of a user who proves again who they are [LO06 LO10]', async () => {
    const { stage: here, desk, user, addClient, signIn, close } = await open()
    const app = await application()
    const client = await addClient({ backchannelLogoutUri: app.address })
    const { database, sessions, server } = desk
    const hasher = createPasswordHasher({ memoryCost: 8192, timeCost: 1 })
    const { signInsEnded: onEnded } = server.logout
    const common = { database, clock: here.clock, hasher, onEnded }
    const users = createUsers(common)
    const passwords = createPasswords({ ...common, guard: false })
    const revocations = await watchRevocations(database, { clock: here.clock })
    const pairs = createTokenPairs({
      ...common,
      revocations,
      keys: desk.keys,
      issuer: 'https://id.example',
      onSignInsEnded: onEnded,
    })
    const userId = formatId(user.id)
    const told = async (): Promise<number> => {
      await server.logout.deliver()
      return app.received.splice(0).length
    }
    const begin = async (): Promise<{ readonly id: string; readonly token: string }> => {
      const { id, signInId } = await signIn()
      const { accessToken } = await signInTo(desk, { user, client, signInId })
      return { id, token: accessToken }
    }
    const isGood = async (token: string): Promise<boolean> => (await server.accessTokens.find(token)) !== null

    const others = [await begin(), await begin()]
    const kept = await begin()
    assert.equal(await sessions.endOthers(userId, kept.id), 2)
    assert.equal(await told(), 2)
    assert.deepEqual(await Promise.all([...others, kept].map(async ({ token }) => isGood(token))), [false, false, true])

    const renewed = await sessions.renew(kept.id, ['otp'])
    const again = await sessions.create({ userId, replaces: renewed?.value ?? null })
    assert.equal(await told(), 0)
    assert.equal(await isGood(kept.token), true)

    const bob = await desk.addUser()
    await sessions.create({ userId: formatId(bob.id), replaces: again.value })
    assert.equal(await told(), 1)
    assert.equal(await isGood(kept.token), false)

    for (const end of [
      async () => pairs.revokeUser(userId, 'revoked', { actor: 'system' }),
      async () => passwords.set(userId, 'a much better password'),
      async () => users.signOutEverywhere(userId),
      async () => users.disable(userId),
      async () => users.delete(userId),
    ]) {
      // What is made in the very millisecond of signing out is dead as well.
      here.time.now += 10
      const { token } = await begin()
      assert.equal(await isGood(token), true)
      await end()
      assert.equal(await isGood(token), false)
      assert.equal(await told(), 1)
      await users.enable(userId).catch(() => null)
    }
    await Promise.all([passwords.close(), revocations.close(), hasher.close()])
    await close()
  })

  it('tries again with longer and longer pauses, and gives up after a day [LO06 B-OID-19]', async () => {
    const { desk, user, signIn, addClient, close } = await open()
    const app = await application()
    app.status = 503
    const client = await addClient({ backchannelLogoutUri: app.address })
    const { id, signInId } = await signIn()
    await signInTo(desk, { user, client, signInId })
    await desk.sessions.end(id)
    const { deliver } = desk.server.logout
    await deliver()
    await deliver()
    assert.equal(app.received.length, 1)
    const pauses = [10_000, 40_000, 160_000]
    for (const [index, pause] of pauses.entries()) {
      desk.time.now += pause - 1
      await deliver()
      assert.equal(app.received.length, index + 1)
      desk.time.now += 1
      await deliver()
      assert.equal(app.received.length, index + 2)
    }
    // Each one is new, since one is good for two minutes only.
    assert.equal(new Set(app.received.map(({ token }) => token)).size, 4)
    for (let hours = 0; hours < 30; hours += 1) {
      desk.time.now += 3_600_000
      await deliver()
    }
    const { length } = app.received
    assert.ok(length > 20 && length < 35)
    assert.deepEqual(await desk.database.read.selectFrom('logout_notices').selectAll().execute(), [])
    const given = await desk.database.read
      .selectFrom('audit_events')
      .select('detail')
      .where('event', '=', 'logout.not_notified')
      .executeTakeFirstOrThrow()
    assert.match(given.detail, /status_503/)
    await close()
  })

  it('is no matter of the person who signs out, whatever the application does [LO06]', async () => {
    const { desk, user, signIn, addClient, close } = await open(async () => {
      throw new FetchRefused('timeout', 'The other server did not answer in time.')
    })
    const client = await addClient({ backchannelLogoutUri: 'https://slow.example/' })
    const { id, signInId } = await signIn()
    const { accessToken } = await signInTo(desk, { user, client, signInId })
    assert.equal(await desk.sessions.end(id), true)
    assert.equal(await desk.server.accessTokens.find(accessToken), null)
    await desk.server.logout.deliver()
    const [notice] = await desk.database.read.selectFrom('logout_notices').selectAll().execute()
    assert.equal(notice?.attempts, 1)
    await close()
  })

  it('tells once, however many processes look at the same time [B-OID-19]', async () => {
    const { stage: here, desk, user, signIn, addClient, close } = await open()
    const others = await Promise.all(
      [here.second, here.database].map((database) => openOAuthDesk({ fetch }, { database, time: here.time })),
    )
    const app = await application()
    const clients = await Promise.all(
      Array.from({ length: 30 }, async (_, number) => addClient({ backchannelLogoutUri: `${app.address}/${number}` })),
    )
    const { id, signInId } = await signIn()
    for (const client of clients) await signInTo(desk, { user, client, signInId })
    await desk.sessions.end(id)
    await Promise.all([desk, ...others, desk, ...others].map(async ({ server }) => server.logout.deliver()))
    assert.equal(app.received.length, 30)
    assert.equal(new Set(app.received.map(({ path }) => path)).size, 30)
    for (const other of others) await other.close()
    await close()
  })

  it('takes no more at once than a few, whatever the database thinks of the table', async () => {
    const { stage: here, desk, addClient, close } = await open()
    const { key } = await addClient({ backchannelLogoutUri: 'https://app.example/logout' })
    const { database } = desk
    const add = async (count: number): Promise<void> => {
      const now = here.clock()
      const notice = { client_id: key, subject: 'ada', sid: null, attempts: 0, next_attempt_at: now }
      const rows = Array.from({ length: count }, () => ({ ...notice, id: database.newId(), expires_at: now + 60_000 }))
      await database.write(async (unit) => unit.insertInto('logout_notices').values(rows).execute())
    }
    await add(1)
    // Statistics of a table with one row, as they are left behind after a quiet time.
    await database.write(async (unit) => sql`analyze logout_notices`.execute(unit))
    await add(44)
    const { take } = createLogoutNotices({
      database,
      grants: desk.server.grants,
      subjects: createSubjects({ pairwiseKey: Buffer.alloc(32, 1) }),
      onAdded: () => undefined,
      clock: here.clock,
    })
    const taken: number[] = []
    for (let turn = 0; turn < 4; turn += 1) taken.push((await take()).length)
    assert.deepEqual(taken, [20, 20, 5, 0])
    await close()
  })

  it('tells nobody who is disabled, and nothing about a client that is gone', async () => {
    const { desk, user, signIn, addClient, close } = await open()
    const app = await application()
    const [disabled, deleted] = [
      await addClient({ backchannelLogoutUri: app.address }),
      await addClient({ backchannelLogoutUri: app.address }),
    ]
    const { id, signInId } = await signIn()
    for (const client of [disabled, deleted]) await signInTo(desk, { user, client, signInId })
    await desk.sessions.end(id)
    await desk.database.write(async (unit) => {
      await unit.updateTable('clients').set({ is_active: 0 }).where('id', '=', disabled.key).execute()
      await unit.deleteFrom('clients').where('id', '=', deleted.key).execute()
    })
    await desk.server.logout.deliver()
    assert.equal(app.received.length, 0)
    assert.deepEqual(await desk.database.read.selectFrom('logout_notices').selectAll().execute(), [])
    await close()
  })
})
