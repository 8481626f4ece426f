import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientValues } from '../../src/oauth/client-values.ts'
import { jsonAnswer } from '../../src/http/exchange.ts'
import { isAuthenticated } from '../../src/permissions/is-authenticated.ts'
import { createLog } from '../../src/server/log.ts'
import { serve, type RunningServer } from '../../src/server/serve.ts'
import { type GivenSettings, readSettings } from '../../src/server/settings.ts'
import { freePort } from '../services/server-process.ts'
import { type Browser, createBrowser } from './browser.ts'

/** A server that listens, with one user and an API at `/api/me/`, for clients that were written elsewhere. */
export interface AuthorizationServer extends RunningServer {
  readonly user: { readonly id: string; readonly username: string; readonly email: string; readonly password: string }
  readonly addClient: (values: Partial<ClientValues>) => Promise<{ readonly id: string; readonly secret: string }>
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
    addClient: async (values) => {
      const made = await server.instance.oauth.clients.create(
        { name: 'an application', ...values },
        { by: { actor: 'system' } },
      )
      return { id: made.client.id, secret: made.secret ?? '' }
    },
    browser: () => createBrowser(publicUrl),
    stop: async () => {
      await server.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
