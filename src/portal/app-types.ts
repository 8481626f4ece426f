import type { GivenClient } from '../oauth/client-wire.ts'

/** A kind of application, as the people who build it know it. */
export interface AppType {
  readonly name: string
  readonly text: string
  /** What it is, in a sentence. */
  readonly what: string
  /** What it is registered as. */
  readonly registered: GivenClient
  /** Whether answers are sent to an address of it. */
  readonly hasRedirects: boolean
  /** What stands in the field of addresses, as an example. */
  readonly example: string
  /** Whether it acts for itself, so that nobody is asked about its scopes. */
  readonly isMachine: boolean
}

const code = ['authorization_code', 'refresh_token']

export const appTypes: readonly AppType[] = [
  {
    name: 'web',
    text: 'Web application',
    what: 'Runs on a server of yours, which can keep a secret.',
    registered: { authMethod: 'client_secret', grantTypes: code },
    hasRedirects: true,
    example: 'https://app.example/callback',
    isMachine: false,
  },
  {
    name: 'browser',
    text: 'Browser application',
    what: 'Runs in the browser of whoever uses it. It has no secret, and proves itself by PKCE.',
    registered: { authMethod: 'none', grantTypes: code },
    hasRedirects: true,
    example: 'https://app.example/callback',
    isMachine: false,
  },
  {
    name: 'native',
    text: 'Mobile, desktop or command line',
    what: 'Is installed on a device. It has no secret, and proves itself by PKCE.',
    registered: { authMethod: 'none', grantTypes: code, applicationType: 'native' },
    hasRedirects: true,
    example: 'com.example.app:/callback\nhttp://127.0.0.1/callback',
    isMachine: false,
  },
  {
    name: 'device',
    text: 'Device without a browser',
    what: 'Shows a code that a person types in elsewhere: a television, a sensor, a terminal.',
    registered: { authMethod: 'none', grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'] },
    hasRedirects: false,
    example: '',
    isMachine: false,
  },
  {
    name: 'machine',
    text: 'Machine',
    what: 'Acts for itself, with no person there: a job, a service, a partner’s system.',
    registered: { authMethod: 'client_secret', grantTypes: ['client_credentials'] },
    hasRedirects: false,
    example: '',
    isMachine: true,
  },
]

/** The kind of a client that is registered, as near as it can be told. */
export function typeOf(client: {
  readonly isConfidential: boolean
  readonly grantTypes: readonly string[]
  readonly metadata: { readonly applicationType?: string }
}): AppType | undefined {
  const { isConfidential, grantTypes, metadata } = client
  const name = grantTypes.includes('authorization_code')
    ? isConfidential
      ? 'web'
      : metadata.applicationType === 'native'
        ? 'native'
        : 'browser'
    : grantTypes.includes('client_credentials')
      ? 'machine'
      : 'device'
  return appTypes.find((type) => type.name === name)
}
