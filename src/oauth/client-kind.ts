import type { GivenClient } from './client-wire.ts'
import type { OAuthClient } from './client.ts'

/** A kind of client, as the people who build one know it: for themselves, on a server, in a browser, installed, or without a browser. */
export type ClientKind = 'machine' | 'web' | 'browser' | 'native' | 'device'

/** What a new client of each kind is registered with. */
export const clientKinds: Readonly<
  Record<
    ClientKind,
    { readonly isConfidential: boolean; readonly grantTypes: readonly string[]; readonly applicationType?: 'native' }
  >
> = {
  machine: { isConfidential: true, grantTypes: ['client_credentials'] },
  web: { isConfidential: true, grantTypes: ['authorization_code', 'refresh_token'] },
  browser: { isConfidential: false, grantTypes: ['authorization_code', 'refresh_token'] },
  native: { isConfidential: false, grantTypes: ['authorization_code', 'refresh_token'], applicationType: 'native' },
  device: { isConfidential: false, grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'] },
}

/** The same for the store. */
export function registrationOf(kind: ClientKind): GivenClient {
  const { isConfidential, grantTypes, applicationType } = clientKinds[kind]
  const authMethod = isConfidential ? 'client_secret' : 'none'
  return { authMethod, grantTypes, ...(applicationType === undefined ? {} : { applicationType }) }
}

/** The kind of a client that is registered, as near as it can be told. */
export function clientKindOf({
  isConfidential,
  grantTypes,
  metadata: { applicationType },
}: Pick<OAuthClient, 'isConfidential' | 'grantTypes' | 'metadata'>): ClientKind {
  const grants = (name: string): boolean => grantTypes.includes(name)
  if (grants('authorization_code') || grants('implicit')) {
    if (applicationType === 'native') return 'native'
    return isConfidential ? 'web' : 'browser'
  }
  if (grants('client_credentials')) return 'machine'
  if (grants('urn:ietf:params:oauth:grant-type:device_code')) return 'device'
  // An API that asks about tokens gets none, and is a program all the same.
  return isConfidential ? 'machine' : 'native'
}
