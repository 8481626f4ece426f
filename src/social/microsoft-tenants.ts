import type { Claims } from './foreign-identity.ts'
import { ProviderRefused } from './provider-refused.ts'

/**
 * Microsoft signs for all its tenants, with an issuer for each: the address with the tenant's id in it. So `tid` has to be the
 * id of a tenant, `iss` that of the same one, and where tenants are listed it has to be one of them. A key that is said to be
 * one tenant's signs for that one alone. Throws `ProviderRefused`.
 */
export function checkMicrosoftTenant(facts: MicrosoftFacts): void {
  const { claims, issuer, tenants, keyIssuer } = facts
  const { tid, iss } = claims
  if (typeof tid !== 'string' || !tenantId.test(tid)) throw refused('no tenant')
  const expected = issuer.replace('{tenantid}', tid)
  if (iss !== expected) throw refused('the issuer of another tenant')
  if (keyIssuer !== null && keyIssuer.replace('{tenantid}', tid) !== expected) throw refused('a key of another tenant')
  if (tenants.length > 0 && !tenants.includes(tid)) {
    throw new ProviderRefused('Accounts of this organisation cannot sign in here.')
  }
}

export interface MicrosoftFacts {
  readonly claims: Claims
  /** That of the metadata: with `{tenantid}` in it, where it is for more than one. */
  readonly issuer: string
  readonly tenants: readonly string[]
  /** Whose the key is, where its JWK says so. */
  readonly keyIssuer: string | null
}

/**
 * Whether Microsoft vouches for an address. `email` is what an administrator of any tenant writes there ("nOAuth"); it counts
 * where `xms_edov` says that the domain belongs to the tenant, and for personal accounts, which are made by a confirmed one.
 */
export function isVerifiedByMicrosoft(claims: Claims): boolean {
  const owned = claims['xms_edov']
  return owned === true || owned === 1 || owned === '1' || owned === 'true' || claims['tid'] === personalAccounts
}

const tenantId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const personalAccounts = '9188040d-6c67-4c5b-b112-36a304b66dad'

function refused(what: string): ProviderRefused {
  return new ProviderRefused(undefined, new Error(`The ID token has ${what}.`))
}
