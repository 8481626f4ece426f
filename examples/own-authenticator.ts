// A way in of one's own: requests that are signed, as webhooks are. Anything of this shape joins the chain.
//   SIGNING_SECRET=… node --conditions=doorward-source examples/own-authenticator.ts
import { createHmac, timingSafeEqual } from 'node:crypto'
import { serve } from '@hono/node-server'
import { AuthenticationFailed, createAuth, hasScope, type Authenticator, type Client } from 'doorward'
import { webAuth } from 'doorward/web'

const secret = process.env['SIGNING_SECRET'] ?? ''
if (secret.length < 32) throw new Error('SIGNING_SECRET needs 32 characters or more.')

/** `Authorization: Signed <partner>:<seconds since 1970>:<HMAC-SHA256 of partner, seconds, method and path, hex>` */
const signed: Authenticator<'signed', Client, { readonly scopes: readonly string[]; readonly signedAt: number }> = {
  name: 'signed',
  // What stands under this scheme and is taken on by nobody is refused, never overlooked.
  scheme: 'Signed',
  challenge: () => ({ scheme: 'Signed', params: { realm: 'webhooks' } }),
  authenticate: async (request) => {
    const header = request.headers.get('authorization')
    if (header === null || !/^signed /i.test(header)) return null // not mine: ask the next
    const [, partner, time, signature] = /^signed ([\w-]{1,64}):(\d{1,12}):([0-9a-f]{64})$/i.exec(header) ?? []
    if (partner === undefined || time === undefined || signature === undefined) {
      throw new AuthenticationFailed('bad_authorization_header')
    }
    const { pathname, search } = new URL(request.url, 'http://localhost')
    const text = `${partner}\n${time}\n${request.method}\n${pathname}${search}`
    const expected = createHmac('sha256', secret).update(text).digest()
    const isRight = timingSafeEqual(expected, Buffer.from(signature, 'hex'))
    // One answer for both: who guesses learns nothing.
    if (!isRight || Math.abs(Date.now() / 1000 - Number(time)) > 300) throw new AuthenticationFailed()
    return {
      principal: { kind: 'client', id: partner, name: partner },
      auth: { scopes: ['hooks'], signedAt: Number(time) * 1000 },
    }
  },
}

const { protect } = webAuth(createAuth({ authenticators: [signed] }))

const server = serve(
  {
    fetch: protect(hasScope('hooks'))(async (_request, { principal, auth }) =>
      Response.json({ from: principal.name, signedAt: auth.signedAt }),
    ),
    hostname: '127.0.0.1',
    port: Number(process.env['PORT'] ?? 8000),
  },
  ({ port }) => console.log(`http://127.0.0.1:${port}`),
)
process.once('SIGTERM', () => server.close())
