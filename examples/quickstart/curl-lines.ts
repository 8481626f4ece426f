import { join } from 'node:path'
import type { Quickstart } from './accounts.ts'

/** One way in, and the line to paste into a shell. */
export interface CurlLine {
  readonly way: string
  readonly command: string
}

/** A curl line for each way in. Each of them works as it stands while the server runs. */
export function curlCommands({
  baseUrl,
  users,
  tokens,
  apiKeys,
  remoteUser,
  clientCertificate,
  clients,
}: Quickstart): readonly CurlLine[] {
  const { ada } = users
  const login = `-H 'Content-Type: application/json' -d '{"username": "${ada.username}", "password": "${ada.password}"}'`
  const who = `${baseUrl}/api/whoami/`
  const { machine, introspector } = clients
  const credentials = `-d "grant_type=client_credentials" -d "client_id=${machine.client_id}" -d "client_secret=${machine.client_secret}"`
  const token = `$(curl -s ${credentials} ${baseUrl}/o/token/ | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`
  return [
    { way: 'Basic', command: `curl -sw '\\n' -u '${ada.username}:${ada.password}' ${who}` },
    { way: 'Token', command: `curl -sw '\\n' -H 'Authorization: Token ${tokens.ada}' ${who}` },
    { way: 'a new token', command: `curl -sw '\\n' ${login} ${baseUrl}/api/token-auth/` },
    { way: 'a JWT pair', command: `curl -sw '\\n' ${login} ${baseUrl}/api/token/` },
    {
      way: 'JWT',
      command: `curl -sw '\\n' -H "Authorization: Bearer $(curl -s ${login} ${baseUrl}/api/token/ | sed 's/.*"access":"\\([^"]*\\)".*/\\1/')" ${who}`,
    },
    { way: 'API key', command: `curl -sw '\\n' -H 'X-Api-Key: ${apiKeys.ada}' ${who}` },
    {
      way: 'API key of a service account',
      command: `curl -sw '\\n' -H 'Authorization: Api-Key ${apiKeys.service}' ${who}`,
    },
    {
      way: 'session',
      command: `curl -s -c - -o /dev/null ${login} ${baseUrl}/accounts/login/ | curl -sw '\\n' -b - ${who}`,
    },
    {
      way: 'OAuth 2: a token by client credentials',
      command: `curl -sw '\\n' -X POST ${baseUrl}/o/token/ ${credentials}`,
    },
    {
      way: 'OAuth 2: a protected call with it',
      command: `curl -sw '\\n' ${baseUrl}/api/protected/ -H "Authorization: Bearer ${token}"`,
    },
    {
      way: 'OAuth 2: introspection, as another server asks',
      command: `curl -sw '\\n' -u '${introspector.client_id}:${introspector.client_secret}' -d "token=${token}" ${baseUrl}/o/introspect/`,
    },
    {
      way: 'OAuth 2: revocation, which answers 200',
      command: `curl -s -w '%{http_code}\\n' -u '${machine.client_id}:${machine.client_secret}' -d "token=${token}" ${baseUrl}/o/revoke_token/`,
    },
    {
      way: 'remote user, as a proxy asserts it',
      command: `curl -sw '\\n' -H '${remoteUser.header}: ${ada.username}' -H '${remoteUser.secretHeader}: ${remoteUser.secret}' ${who}`,
    },
    {
      way: 'client certificate, as a proxy forwards it',
      command: `curl -sw '\\n' -H '${clientCertificate.header}: ${clientCertificate.value}' -H '${clientCertificate.secretHeader}: ${clientCertificate.secret}' ${who}`,
    },
  ]
}

/** What the quick start prints: where it is, how to get in, and where the rest stands. */
export function curlLines(
  quickstart: Quickstart,
  { folder, link }: { readonly folder: string; readonly link: string },
): string {
  const { baseUrl, users } = quickstart
  return [
    `Doorward is at ${baseUrl} (development mode, this machine only). Sign in at ${baseUrl}/accounts/login/`,
    `as ${users.ada.username} with the password ${users.ada.password}`,
    `or as ${users.root.username} with the password ${users.root.password}, who may do everything. Then open`,
    `  ${baseUrl}/admin/    the console for administrators: users, applications, keys, the audit log`,
    `  ${baseUrl}/portal/   the portal for those who build on the API: their own apps and keys`,
    `  ${baseUrl}/account/  one's own account: password, passkeys, devices, connected apps`,
    `  ${baseUrl}/api/      the API, to be read and tried in the browser`,
    '',
    'One line for each way in:',
    ...curlCommands(quickstart).map(({ way, command }) => `\n# ${way}\n${command}`),
    `\nOAuth 2 in a browser, with consent and a code (sign in as ${users.ada.username}):\n${link}`,
    `\nAll accounts, tokens, keys and clients are in ${join(folder, 'quickstart.json')}; its owner alone can read it.`,
    'Ctrl-C stops the server. Read on in README.md and docs/.',
  ].join('\n')
}
