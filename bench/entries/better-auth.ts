import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node'
import { ready, secret } from './ready.ts'

// better-auth, a session cookie read from SQLite each time.
const database = new DatabaseSync(':memory:')
const options = {
  database,
  secret,
  baseURL: 'http://127.0.0.1',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
}
await (await getMigrations(options as never)).runMigrations()
const auth = betterAuth(options as never)
const signedUp = await auth.api.signUpEmail({
  body: { email: 'ada@example.com', password: 'correct horse battery', name: 'ada' },
  asResponse: true,
})
const cookie = signedUp.headers
  .getSetCookie()
  .map((line) => line.split(';')[0])
  .join('; ')
void toNodeHandler
const server = createServer((request, response) => {
  void auth.api.getSession({ headers: fromNodeHeaders(request.headers) }).then((session) => {
    const body = JSON.stringify({ name: session?.user.name })
    response.writeHead(session === null ? 401 : 200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  })
})
ready(server.listen(0, '127.0.0.1'), { cookie })
