import type {
  CredentialKind,
  CredentialOptions,
  TestCredential,
  TestServiceAccount,
  TestUser,
} from './test-credentials.ts'

/** What answers: an application as a function, such as Hono's `app.fetch`, or the address of a server. */
export type TestTarget = string | URL | ((request: Request) => Response | Promise<Response>)

/** Whoever calls an application, with what they are signed in by. */
export interface TestClient {
  /** From now on each request carries a credential of this user or service account; `null` signs out. */
  readonly signIn: (
    who: TestUser | TestServiceAccount | null,
    kind?: CredentialKind,
    options?: CredentialOptions,
  ) => Promise<void>
  /** Forgets the credential, and ends its session. */
  readonly signOut: () => Promise<void>
  /**
   * Sends a request. Redirects within the application are followed, 307 and 308 with method and body (RFC 9110, section
   * 15.4); one that leads elsewhere is the answer, for the credential is not that one's business.
   */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
}

/** Makes a client that is not signed in yet. */
export function createTestClient(
  target: TestTarget,
  make: (
    who: TestUser | TestServiceAccount,
    kind?: CredentialKind,
    options?: CredentialOptions,
  ) => Promise<TestCredential>,
): TestClient {
  const base = typeof target === 'function' ? new URL('http://localhost/') : new URL(target)
  const send =
    typeof target === 'function'
      ? async (request: Request) => target(request)
      : async (request: Request) => fetch(request)
  let credential: TestCredential | null = null

  async function signOut(): Promise<void> {
    await credential?.end()
    credential = null
  }

  return {
    signOut,
    signIn: async (who, kind, options) => {
      await signOut()
      if (who !== null) credential = await make(who, kind, options)
    },
    fetch: async (path, init = {}) => {
      let url = new URL(path, base)
      let { method = 'GET', body } = init
      for (let hops = 0; ; hops += 1) {
        const headers = new Headers(init.headers)
        for (const [name, value] of Object.entries(credential?.headers ?? {})) {
          if (!headers.has(name)) headers.set(name, value)
        }
        if (body === null || body === undefined) headers.delete('content-type')
        const response = await send(
          new Request(url, { ...init, method, headers, redirect: 'manual', body: body ?? null }),
        )
        const next = leadsTo(response, url)
        if (next === null || hops === mostHops) return response
        url = next
        if (!keeps(response.status, method)) [method, body] = [method === 'HEAD' ? 'HEAD' : 'GET', null]
      }
    },
  }
}

const mostHops = 20

function leadsTo({ status, headers }: Response, from: URL): URL | null {
  const location = headers.get('location')
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return null
  const url = new URL(location, from)
  return url.origin === from.origin ? url : null
}

/** What browsers do (WHATWG Fetch, HTTP-redirect fetch): a POST becomes a GET after 301 and 302, everything after 303. */
function keeps(status: number, method: string): boolean {
  if (status === 307 || status === 308) return true
  return status !== 303 && method.toUpperCase() !== 'POST'
}
