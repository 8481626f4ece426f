import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientMetadata } from '../../src/oauth/client-metadata.ts'
import type { ClientAuthMethod } from '../../src/oauth/client.ts'
import { jsonAnswer } from '../../src/http/exchange.ts'
import { isAuthenticated } from '../../src/permissions/is-authenticated.ts'
import { createLog } from '../../src/server/log.ts'
import { serve, type RunningServer } from '../../src/server/serve.ts'
import { type GivenSettings, readSettings } from '../../src/server/settings.ts'
import { formatId } from '../../src/storage/id.ts'
import { freePort } from '../services/server-process.ts'
import { type Browser, createBrowser } from './browser.ts'

export interface NewApplication {
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  /** (client_secret) */
  readonly authMethod?: ClientAuthMethod
  /** (nothing) */
  readonly metadata?: ClientMetadata
}

/** A server that listens, with one user and an API at `/api/me/`, for clients that were written elsewhere. */
export interface AuthorizationServer extends RunningServer {
  readonly user: { readonly id: string; readonly username: string; readonly email: string; readonly password: string }
  readonly addClient: (client: NewApplication) => Promise<{ readonly id: string; readonly secret: string }>
  /** A browser of its own, in which nobody is signed in. */
  readonly browser: () => Browser
}

/** Starts a server at an address of its own, whose issuer is that address, as discovery has it (RFC 8414, section 3.3). */
export async function startAuthorizationServer(given: GivenSettings = {}): Promise<AuthorizationServer> {
  mkdirSync('.data', { recursive: true })
  const data = mkdtempSync(join('.data', 'foreign-'))
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const settings = readSettings({ data, port, publicUrl, secret: 's'.repeat(40), ...given })
  const server = await serve(settings, {
    log: createLog({ level: 'silent' }),
    routes: (auth) => [
      {
        path: '/api/me/',
        methods: {
          GET: async (request) => {
            const { via, principal } = await auth.require(request, isAuthenticated)
            return jsonAnswer({ via, kind: principal.kind, name: principal.name })
          },
        },
      },
    ],
  })
  const user = { username: 'ada', email: 'ada@example.com', password: 'correct horse battery' }
  const { id } = await server.instance.users.create(user)

  return {
    ...server,
    user: { id, ...user },
    addClient: async (client) => addClient(server, client),
    browser: () => createBrowser(publicUrl),
    stop: async () => {
      await server.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function addClient(
  { instance: { database, format } }: RunningServer,
  { grantTypes, scopes, authMethod = 'client_secret', metadata = {} }: NewApplication,
): Promise<{ readonly id: string; readonly secret: string }> {
  const id = database.newId()
  const { text, digest } = format.make('sec', id)
  const hasSecret = authMethod.startsWith('client_secret')
  const now = Date.now()
  const row = {
    id,
    identifier: formatId(id),
    name: 'an application',
    is_confidential: authMethod === 'none' ? 0 : 1,
    owner_id: null,
    source: 'manual',
    is_active: 1,
    auth_method: authMethod,
    grant_types: grantTypes.join(' '),
    scopes: scopes.join(' '),
    metadata: JSON.stringify(metadata),
    secret_digest: hasSecret ? digest : null,
    secret_last_used_at: null,
    next_secret_digest: null,
    next_secret_last_used_at: null,
    rotation_ends_at: null,
    sealed_secret: null,
    registration_digest: null,
    created_at: now,
    updated_at: now,
    fresh_until: null,
  }
  await database.append({ clients: row })
  return { id: row.identifier, secret: hasSecret ? text : '' }
}
