import { readSettings } from '../../src/server/settings.ts'
import { serve } from '../../src/server/serve.ts'

// The server that crash.test.ts kills: its data folder is the argument, and it tells its parent where it is. Its port is
// another one at each start, and its issuer, which in development has the port in it, stays.
const data = process.argv[2] ?? ''
const server = await serve(readSettings({ data, port: 0, issuer: 'http://localhost', logLevel: 'silent' }))
process.send?.(server.url)
// Its parent may end without a word.
process.once('disconnect', () => process.exit(1))
process.once('SIGTERM', () => {
  void server.stop().then(() => process.exit(0))
})
