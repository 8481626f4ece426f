import { jsonAnswer } from '../../src/http/exchange.ts'
import { readSettings } from '../../src/server/settings.ts'
import { serve } from '../../src/server/serve.ts'

// The server that crash.test.ts kills: its data folder is the argument, and it tells its parent where it is.
const data = process.argv[2] ?? ''
const server = await serve(readSettings({ data, port: 0, logLevel: 'silent' }), {
  routes: (auth) => [
    {
      path: '/api/whoami/',
      guard: async (request) => auth.require(request),
      methods: { GET: async () => jsonAnswer({}) },
    },
  ],
})
process.send?.(server.url)
process.once('SIGTERM', () => {
  void server.stop().then(() => process.exit(0))
})
