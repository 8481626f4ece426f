import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createLog, readSettings, serve, settingsFromEnvironment } from 'doorward/server'
import { quickstartApi } from './api.ts'
import { codeFlow, type CodeFlow } from './code-flow.ts'
import { prepareQuickstart, proxySecrets, type Quickstart } from './accounts.ts'
import { curlLines } from './curl-lines.ts'

// What was typed wrong, and a port that is taken, are said in a sentence; whatever else went wrong keeps its stack.
process.once('uncaughtException', (error: NodeJS.ErrnoException & { readonly port?: number }) => {
  const isPort = error.code === 'EADDRINUSE'
  const isTyped = error.name === 'SettingsInvalid' || error.code?.startsWith('ERR_PARSE_ARGS') === true
  const told = isPort
    ? `Port ${error.port} is taken. Stop what listens there, or take another: npm start -- --port 8123`
    : isTyped
      ? error.message
      : error.stack
  process.stderr.write(`${told}\n`)
  process.exit(1)
})

// A server to play with: npm start -- --port 8123 --data some/folder. With --registration, clients may register by themselves.
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    data: { type: 'string' },
    host: { type: 'string' },
    registration: { type: 'boolean', default: false },
  },
})
const folder = values.data ?? join('.data', 'quickstart')
const secrets = proxySecrets(folder)
const registering = {
  oauthRegistration: 'token',
  oauthRegistrationsPerAddress: '1000/hour',
  oauthSelfRegisteredScopes: ['openid', 'profile', 'email', 'offline_access', 'read', 'write'],
}
const settings = readSettings({
  logLevel: 'warn',
  ...settingsFromEnvironment(process.env),
  data: folder,
  ...(values.registration ? registering : {}),
  // For the client `legacy`: RFC 9700 advises against both.
  oauthLegacy: ['password', 'implicit'],
  ...(values.port === undefined ? {} : { port: values.port }),
  ...(values.host === undefined ? {} : { host: values.host }),
  remoteUserSecretHeader: 'x-proxy-secret',
  remoteUserSecret: secrets.remoteUser,
  clientCertificateSource: 'rfc9440',
  clientCertificateSecretHeader: 'x-certificate-proxy-secret',
  clientCertificateSecret: secrets.clientCertificate,
})

const baseUrl = `http://127.0.0.1:${settings.port}`
let quickstart: Quickstart | undefined
let flow: CodeFlow | undefined
const server = await serve(settings, {
  log: createLog({ level: settings.logLevel }),
  prepare: async (instance) => {
    quickstart = await prepareQuickstart(instance, { folder, baseUrl, secrets, registration: values.registration })
    flow = codeFlow(quickstart)
  },
  routes: (auth) => {
    const { ada, bob } = (quickstart as Quickstart).users
    return [...quickstartApi(auth, { ada: ada.id, bob: bob.id }), (flow as CodeFlow).route]
  },
})

process.stdout.write(`${curlLines(quickstart as Quickstart, { folder, link: (flow as CodeFlow).link })}\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void server.stop().then(() => process.exit(0))
  })
}
