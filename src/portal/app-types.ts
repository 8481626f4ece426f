import { type ClientKind, clientKindOf, registrationOf } from '../oauth/client-kind.ts'
import type { GivenClient } from '../oauth/client-wire.ts'

/** A kind of application, as the people who build it know it. */
export interface AppType {
  readonly name: ClientKind
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

export const appTypes: readonly AppType[] = [
  {
    name: 'web',
    text: 'Web application',
    what: 'Runs on a server of yours, which can keep a secret.',
    registered: registrationOf('web'),
    hasRedirects: true,
    example: 'https://app.example/callback',
    isMachine: false,
  },
  {
    name: 'browser',
    text: 'Browser application',
    what: 'Runs in the browser of whoever uses it. It has no secret, and proves itself by PKCE.',
    registered: registrationOf('browser'),
    hasRedirects: true,
    example: 'https://app.example/callback',
    isMachine: false,
  },
  {
    name: 'native',
    text: 'Mobile, desktop or command line',
    what: 'Is installed on a device. It has no secret, and proves itself by PKCE.',
    registered: registrationOf('native'),
    hasRedirects: true,
    example: 'com.example.app:/callback\nhttp://127.0.0.1/callback',
    isMachine: false,
  },
  {
    name: 'device',
    text: 'Device without a browser',
    what: 'Shows a code that a person types in elsewhere: a television, a sensor, a terminal.',
    registered: registrationOf('device'),
    hasRedirects: false,
    example: '',
    isMachine: false,
  },
  {
    name: 'machine',
    text: 'Machine',
    what: 'Acts for itself, with no person there: a job, a service, a partner’s system.',
    registered: registrationOf('machine'),
    hasRedirects: false,
    example: '',
    isMachine: true,
  },
]

/** The kind of a client that is registered, as near as it can be told. */
export function typeOf(client: Parameters<typeof clientKindOf>[0]): AppType | undefined {
  const kind = clientKindOf(client)
  return appTypes.find((type) => type.name === kind)
}
