import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { NewUser } from '../accounts/users.ts'
import type { Auth } from '../core/auth.ts'
import type { SafeFetch } from '../http/safe-fetch.ts'
import { createApp, type AppOptions } from '../server/app.ts'
import { createDoor } from '../server/door.ts'
import { openInstance, type Instance } from '../server/instance.ts'
import { readSettings, type GivenSettings } from '../server/settings.ts'
import type { Database } from '../storage/database.ts'
import { openSqlite } from '../storage/sqlite.ts'
import type { ServiceAccountValues } from '../tokens/service-accounts.ts'
import { countedDatabase, type Queries } from './counted-database.ts'
import { createTestClient, type TestClient, type TestTarget } from './test-client.ts'
import { createTestClock, type TestClock } from './test-clock.ts'
import { makeCredential } from './test-credentials.ts'
import type { CredentialKind, CredentialOptions, TestServiceAccount, TestUser } from './test-credentials.ts'
import { testRequest } from './test-request.ts'

export interface TestDoorwardOptions {
  /** Settings over the defaults; they hold for this one alone (the database is in memory, the log is silent). */
  readonly settings?: GivenSettings
  /** Where the clock stands, in milliseconds since 1970, until a test moves it (it goes on from the real time). */
  readonly now?: number
  /** Opens the database, which is closed with the rest; `clock` is the test's (one in memory). */
  readonly openDatabase?: (clock: () => number) => Promise<Database>
  /** How other servers are asked for what clients and tokens name: keys, documents (https only, and no special addresses). */
  readonly fetch?: SafeFetch
}

/** A whole Doorward for one test: everything is real, nothing is shared, and its time is the test's. */
export interface TestDoorward extends AsyncDisposable {
  /** The stores. What they make and end is what the server would. */
  readonly instance: Instance
  /** The chain of the server, with its throttles. */
  readonly auth: Auth
  readonly clock: TestClock
  readonly users: {
    /** Makes a user, `user1` and so on unless named, with a password unless given one. */
    readonly create: (user?: Partial<NewUser>) => Promise<TestUser>
  }
  readonly serviceAccounts: {
    /** Makes a service account, `service1` and so on unless named. */
    readonly create: (account?: Partial<ServiceAccountValues>) => Promise<TestServiceAccount>
  }
  /** The headers of a new credential (a session for a user, an API key for a service account). */
  readonly as: (
    who: TestUser | TestServiceAccount,
    kind?: CredentialKind,
    options?: CredentialOptions,
  ) => Promise<Readonly<Record<string, string>>>
  /** A request as a door sees it: `auth.require(request('GET', '/', await as(ada)))`. */
  readonly request: typeof testRequest
  /** Somebody who calls an application, and stays signed in. */
  readonly client: (target: TestTarget) => TestClient
  readonly queries: Queries
  /** Serves Doorward's own routes, and those that are given, on a free port of this machine. Gives its address. */
  readonly listen: (options?: Pick<AppOptions, 'routes' | 'isWholeSite'>) => Promise<string>
  readonly close: () => Promise<void>
}

/** Opens a Doorward in memory. Close it, or declare it with `await using`. */
export async function createTestDoorward(options: TestDoorwardOptions = {}): Promise<TestDoorward> {
  const { settings = {}, now, openDatabase = inMemory, fetch } = options
  const clock = createTestClock({ now, before: writeBehind, after: async () => instance.revocations.refresh() })
  const all = readSettings({ logLevel: 'silent', secret: randomBytes(32).toString('base64'), ...settings })
  const { database, counts, uncounted } = countedDatabase(await openDatabase(clock.now))
  const instance = await uncounted(async () =>
    openInstance(all, { database, clock: clock.now, passwordCosts, ...(fetch === undefined ? {} : { fetch }) }),
  )
  const auth = await doorOf(instance)
  const servers: Server[] = []
  let made = 0

  /** Stores write what they remember when they are closed, and go on remembering. */
  async function writeBehind(): Promise<void> {
    const { sessions, passwords, apiTokens, apiKeys, keyUsage, workloadTrusts, oauth } = instance
    await uncounted(async () =>
      Promise.all(
        [sessions, passwords, apiTokens, apiKeys, keyUsage, workloadTrusts, oauth.clientUsage].map(async (one) =>
          one.close(),
        ),
      ),
    )
  }

  async function close(): Promise<void> {
    await Promise.all(servers.splice(0).map(stop))
    await instance.close()
  }

  return {
    instance,
    auth,
    clock,
    users: {
      create: async ({ username = `user${++made}`, password, ...values } = {}) => {
        const own = password ?? randomBytes(12).toString('base64url')
        return { ...(await instance.users.create({ username, ...values, password: own })), kind: 'user', password: own }
      },
    },
    serviceAccounts: {
      create: async ({ name = `service${++made}`, ...values } = {}) => {
        const record = await instance.serviceAccounts.create({ name, ...values }, { by: { actor: 'system' } })
        return { ...record, kind: 'service_account' }
      },
    },
    as: async (who, kind, options) => (await makeCredential(instance, who, kind, options)).headers,
    request: testRequest,
    client: (target) => createTestClient(target, async (...wanted) => makeCredential(instance, ...wanted)),
    queries: {
      get reads() {
        return counts.reads
      },
      get writes() {
        return counts.writes
      },
      reset: async () => {
        await writeBehind()
        Object.assign(counts, { reads: 0, writes: 0 })
      },
    },
    listen: async (options = {}) => {
      const server = createServer(createApp(instance, options).answer)
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The least that a hasher takes: passwords of tests are nobody's, and many are hashed. */
const passwordCosts = { memoryCost: 7168, timeCost: 1 }

/** Settings that go against each other show when the chain is made. */
async function doorOf(instance: Instance): Promise<Auth> {
  try {
    return createDoor(instance)
  } catch (error) {
    await instance.close()
    throw error
  }
}

async function stop(server: Server): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await ended
}

async function inMemory(clock: () => number): Promise<Database> {
  return openSqlite({ path: ':memory:', clock })
}
