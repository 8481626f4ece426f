import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Instance } from 'doorward/server'
import { selfSignedCertificate } from './certificate.ts'
import { makeClients, type QuickstartClients } from './clients.ts'

/** Everything that a script needs to get in, as `quickstart.json` holds it. Its owner alone can read the file. */
export interface Quickstart {
  baseUrl: string
  users: Record<'ada' | 'bob' | 'staff' | 'root' | 'inactive', QuickstartUser>
  tokens: { ada: string }
  apiKeys: Record<'ada' | 'adaReadOnly' | 'service' | 'expired' | 'revoked', string>
  serviceAccounts: { reporting: { id: string; name: string } }
  remoteUser: { header: string; secretHeader: string; secret: string }
  clientCertificate: { header: string; value: string; secretHeader: string; secret: string }
  clients: QuickstartClients
  /** With `--registration`: whoever shows it may register clients. */
  initialAccessToken?: string
}

export interface QuickstartUser {
  id: string
  username: string
  email: string
  password: string
}

/** What proxies show to be believed: made at the first start, kept in the data folder. */
export interface ProxySecrets {
  readonly remoteUser: string
  readonly clientCertificate: string
}

/** Reads the proxy secrets of a data folder, or makes them. */
export function proxySecrets(folder: string): ProxySecrets {
  const known = readQuickstart(folder)
  return {
    remoteUser: known?.remoteUser.secret ?? madeUp(),
    clientCertificate: known?.clientCertificate.secret ?? madeUp(),
  }
}

/** Makes the accounts of the quick start at its first run, and writes `quickstart.json`; later runs find them there. */
export async function prepareQuickstart(
  instance: Instance,
  {
    folder,
    baseUrl,
    secrets,
    registration,
  }: {
    readonly folder: string
    readonly baseUrl: string
    readonly secrets: ProxySecrets
    readonly registration: boolean
  },
): Promise<Quickstart> {
  const known = readQuickstart(folder)
  const accounts = known === null ? await makeAccounts(instance, baseUrl, secrets) : { ...known, baseUrl }
  const quickstart: Quickstart = { ...accounts, clients: known?.clients ?? (await makeClients(instance)) }
  if (registration) quickstart.initialAccessToken ??= await initialAccessToken(instance)
  writePrivately(fileIn(folder), `${JSON.stringify(quickstart, null, 2)}\n`)
  return quickstart
}

async function makeAccounts(
  instance: Instance,
  baseUrl: string,
  secrets: ProxySecrets,
): Promise<Omit<Quickstart, 'clients'>> {
  const { users, apiTokens, apiKeys, serviceAccounts, clientCertificates, clock } = instance
  const person = async (
    username: string,
    more: { isStaff?: boolean; isSuperuser?: boolean } = {},
  ): Promise<QuickstartUser> => {
    const password = madeUp()
    const email = `${username}@example.com`
    const { id } = await users.create({ username, email, emailVerified: true, password, ...more })
    return { id, username, email, password }
  }
  const people = {
    ada: await person('ada'),
    bob: await person('bob'),
    staff: await person('staff', { isStaff: true }),
    root: await person('root', { isStaff: true, isSuperuser: true }),
    inactive: await person('inactive'),
  }
  await users.disable(people.inactive.id)

  const ada = { kind: 'user', id: people.ada.id } as const
  const reporting = await serviceAccounts.create(
    { name: 'reporting', ownerId: people.ada.id, scopes: ['read', 'write'] },
    { by: { actor: 'system' } },
  )
  const service = { kind: 'service_account', id: reporting.id } as const
  const key = async (name: string, scopes: readonly string[], owner: typeof ada | typeof service = ada) =>
    apiKeys.create({ owner, name, scopes })
  const [adas, readOnly, services, revoked] = [
    await key('everything', ['read', 'write']),
    await key('reading', ['read']),
    await key('reports', ['read', 'write'], service),
    await key('revoked', ['read', 'write']),
  ]
  await apiKeys.revoke(revoked.record.id, { by: { actor: 'system' } })
  // Nobody makes one that is over: it ends in a moment, which is waited for.
  const expiresAt = clock() + 250
  const expired = await apiKeys.create({ owner: ada, name: 'expired', scopes: ['read'], expiresAt })
  while (clock() < expiresAt) await setTimeout(10)

  const { value, fingerprint } = await selfSignedCertificate('ada')
  await clientCertificates.add({ owner: ada, name: "Ada's certificate", match: 'fingerprint', value: fingerprint })
  return {
    baseUrl,
    users: people,
    tokens: { ada: (await apiTokens.issue({ owner: ada, name: 'quick start' })).text },
    apiKeys: {
      ada: adas.key,
      adaReadOnly: readOnly.key,
      service: services.key,
      expired: expired.key,
      revoked: revoked.key,
    },
    serviceAccounts: { reporting: { id: reporting.id, name: reporting.name } },
    remoteUser: { header: 'Remote-User', secretHeader: 'X-Proxy-Secret', secret: secrets.remoteUser },
    clientCertificate: {
      header: 'Client-Cert',
      value,
      secretHeader: 'X-Certificate-Proxy-Secret',
      secret: secrets.clientCertificate,
    },
  }
}

/** Without end and for any number of clients: for playing, and on this machine alone. */
async function initialAccessToken({ oauth }: Instance): Promise<string> {
  const by = { actor: 'system' }
  const { text } = await oauth.registrationTokens.create({ name: 'quick start', uses: null, expiresIn: null, by })
  return text
}

function fileIn(folder: string): string {
  return join(folder, 'quickstart.json')
}

/** An older one may lack what is new. */
function readQuickstart(folder: string): (Omit<Quickstart, 'clients'> & Partial<Quickstart>) | null {
  const file = fileIn(folder)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Quickstart) : null
}

/** Whole or not at all, and never readable by others, not even for a moment. */
function writePrivately(file: string, text: string): void {
  const half = `${file}.new`
  writeFileSync(half, text, { mode: 0o600 })
  chmodSync(half, 0o600)
  renameSync(half, file)
}

function madeUp(): string {
  return randomBytes(18).toString('base64url')
}
