import type { ForeignIdentity } from './foreign-identity.ts'

/** Somebody at a provider called acme. */
export function foreignIdentity(more: Partial<ForeignIdentity> = {}): ForeignIdentity {
  return {
    provider: 'acme',
    issuer: 'https://acme.example',
    subject: '1',
    email: 'ada@example.org',
    emailVerified: true,
    name: 'Ada',
    handle: null,
    amr: [],
    claims: {},
    tokens: { accessToken: 'a', refreshToken: null, idToken: 'i', expiresAt: null, scope: null },
    ...more,
  }
}
