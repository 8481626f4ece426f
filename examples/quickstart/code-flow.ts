import { createHash, randomBytes } from 'node:crypto'
import type { Exchange, Route } from 'doorward/server'
import type { Quickstart } from './accounts.ts'

/** The authorization code flow for somebody with a browser and a shell. */
export interface CodeFlow {
  /** Begins it. */
  readonly link: string
  /** Where it comes back to: says how the code is traded for tokens. */
  readonly route: Route
}

/** `spa` may come back to any port of this machine, so this server shows its answers. */
export function codeFlow({ baseUrl, clients }: Quickstart): CodeFlow {
  const verifier = randomBytes(32).toString('base64url')
  const redirectUri = `${baseUrl}/cb`
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clients.spa.client_id,
    redirect_uri: redirectUri,
    scope: 'openid profile offline_access read',
    state: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })

  function said(request: Exchange): string {
    const answer = new URLSearchParams(request.url.replace(/^[^?]*\??/, ''))
    const code = answer.get('code') ?? ''
    if (!/^[\w-]{1,200}$/.test(code)) return 'No code came back.'
    const fields = {
      grant_type: 'authorization_code',
      client_id: clients.spa.client_id,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      code,
    }
    const data = Object.entries(fields).map(([name, value]) => `-d '${name}=${value}'`)
    return `A code came back. Trade it for tokens within a minute:\n\ncurl -s ${data.join(' ')} ${baseUrl}/o/token/`
  }

  return {
    link: `${baseUrl}/o/authorize/?${query.toString()}`,
    route: {
      path: '/cb',
      methods: {
        GET: async (request) => ({
          status: 200,
          headers: [
            ['content-type', 'text/plain; charset=utf-8'],
            ['cache-control', 'no-store'],
            ['referrer-policy', 'no-referrer'],
            ['x-content-type-options', 'nosniff'],
          ],
          body: `${said(request)}\n`,
        }),
      },
    },
  }
}
