import { clientKindOf, clientKinds } from '../../oauth/client-kind.ts'
import type { ClientRecord } from '../../oauth/client-record.ts'

/** What kind of application a client is: what it is for, and what follows from that. */
export interface ApplicationType {
  readonly value: string
  readonly text: string
  readonly what: string
  readonly isConfidential: boolean
  readonly grantTypes: readonly string[]
  readonly applicationType?: 'native'
}

/** The four that are asked about first. Everything can be changed afterwards. */
export const applicationTypes: readonly ApplicationType[] = [
  {
    value: 'machine',
    text: 'A program',
    what: 'A server, a job or a device of your own that asks for tokens for itself. No person takes part.',
    ...clientKinds.machine,
  },
  {
    value: 'web',
    text: 'A web application',
    what: 'Runs on a server that can keep a secret. People sign in here and are sent back to it.',
    ...clientKinds.web,
  },
  {
    value: 'browser',
    text: 'A browser application',
    what: 'Runs in the browser alone, and can keep no secret. People sign in here and are sent back to it.',
    ...clientKinds.browser,
  },
  {
    value: 'native',
    text: 'A mobile or desktop application',
    what: 'Is installed on devices of others, or has no browser at all. It can keep no secret.',
    ...clientKinds.native,
    grantTypes: [...new Set([...clientKinds.native.grantTypes, ...clientKinds.device.grantTypes])],
  },
]

/** What a client may do to get tokens, in words. The last two are offered only where the settings say so. */
export const grantTypeTexts: Readonly<Record<string, string>> = {
  client_credentials: 'Client credentials: tokens for itself',
  authorization_code: 'Authorization code: people sign in and are sent back',
  refresh_token: 'Refresh token: stays connected',
  'urn:ietf:params:oauth:grant-type:device_code': 'Device code: people sign in on another device',
  'urn:ietf:params:oauth:grant-type:token-exchange': 'Token exchange: acts for somebody with their token',
  'urn:ietf:params:oauth:grant-type:jwt-bearer': 'JWT bearer: assertions of an issuer that is trusted',
  password: 'Password: the application is given the password of its users (legacy)',
  implicit: 'Implicit: tokens in the address of the page (legacy)',
}

/** What a client looks like: one of the four, of which a device without a browser is the last. */
export function typeText(client: ClientRecord): string {
  const kind = clientKindOf(client)
  const type = kind === 'device' ? 'native' : kind
  return applicationTypes.find(({ value }) => value === type)?.text ?? ''
}

/** Grant types as people know them: `client credentials, refresh token`. */
export function shortGrants(grantTypes: readonly string[]): string {
  return grantTypes.map((one) => (one.split(':').at(-1) ?? one).replaceAll(/[_-]/g, ' ')).join(', ')
}
