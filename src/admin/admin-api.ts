import type { Operation } from '../api/operation.ts'
import { operationsAskingForProof } from './asks-for-proof.ts'
import { auditApi, type AuditApiStores } from './audit-api.ts'
import { breakGlassApi, type BreakGlassApiStores } from './break-glass-api.ts'
import { clientsApi } from './clients-api.ts'
import { explainApi, type ExplainApiStores } from './explain-api.ts'
import { grantsApi, type GrantsApiStores } from './grants-api.ts'
import { groupsApi, type GroupsApiStores } from './groups-api.ts'
import { issuedTokensApi, type IssuedTokensApiStores } from './issued-tokens-api.ts'
import { keysApi, type KeysApiStores } from './keys-api.ts'
import { linkedAccountsApi, type LinkedAccountsApiStores } from './linked-accounts-api.ts'
import { organisationsApi, type OrganisationsApiStores } from './organisations-api.ts'
import { rolesApi, type RolesApiStores } from './roles-api.ts'
import { serviceAccountsApi, type ServiceAccountsApiStores } from './service-accounts-api.ts'
import { sessionsApi, type SessionsApiStores } from './sessions-api.ts'
import { signingKeysApi } from './signing-keys-api.ts'
import { throttlesApi, type ThrottlesApiStores } from './throttles-api.ts'
import { tokensApi, type TokensApiStores } from './tokens-api.ts'
import { usersApi, type UsersApiStores } from './users-api.ts'

/** The operations of one resource, and the path that they are at and below. */
export interface Resource {
  readonly path: string
  readonly operations: readonly Operation[]
}

export interface AdminApiStores
  extends
    UsersApiStores,
    GroupsApiStores,
    SessionsApiStores,
    LinkedAccountsApiStores,
    KeysApiStores,
    TokensApiStores,
    ServiceAccountsApiStores,
    GrantsApiStores,
    IssuedTokensApiStores,
    AuditApiStores,
    ThrottlesApiStores,
    BreakGlassApiStores,
    ExplainApiStores {
  /** What organisations and roles need. */
  readonly orgs: Omit<OrganisationsApiStores & RolesApiStores, 'users' | 'serviceAccounts' | 'apiKeys'>
  readonly clients: Parameters<typeof clientsApi>[0]['clients']
  readonly changeClientOwner: Parameters<typeof clientsApi>[0]['changeClientOwner']
  readonly previewTokens: Parameters<typeof clientsApi>[0]['previewTokens']
  readonly clock: () => number
  readonly apiKeys: KeysApiStores['apiKeys'] & ServiceAccountsApiStores['apiKeys']
  readonly users: UsersApiStores['users']
  readonly groups: UsersApiStores['groups']
  readonly signingKeys: Parameters<typeof signingKeysApi>[0]['signingKeys']
}

/** The JSON API for administrators: one resource for each thing that the console shows. What is dangerous asks for a fresh proof. */
export function adminApi(stores: AdminApiStores): readonly Resource[] {
  const resources = [
    { path: '/api/admin/users/', operations: usersApi(stores) },
    { path: '/api/admin/groups/', operations: groupsApi(stores) },
    { path: '/api/admin/organisations/', operations: organisationsApi({ ...stores.orgs, ...stores }) },
    { path: '/api/admin/roles/', operations: rolesApi({ ...stores.orgs, ...stores }) },
    { path: '/api/admin/sessions/', operations: sessionsApi(stores) },
    { path: '/api/admin/linked-accounts/', operations: linkedAccountsApi(stores) },
    { path: '/api/admin/keys/', operations: keysApi(stores) },
    { path: '/api/admin/api-tokens/', operations: tokensApi(stores) },
    { path: '/api/admin/service-accounts/', operations: serviceAccountsApi(stores) },
    { path: '/api/admin/clients/', operations: clientsApi(stores) },
    { path: '/api/admin/grants/', operations: grantsApi(stores) },
    { path: '/api/admin/tokens/', operations: issuedTokensApi(stores) },
    { path: '/api/admin/signing-keys/', operations: signingKeysApi(stores) },
    { path: '/api/admin/audit/', operations: auditApi(stores) },
    { path: '/api/admin/throttles/', operations: throttlesApi(stores) },
    { path: '/api/admin/break-glass/', operations: breakGlassApi(stores) },
    { path: '/api/admin/explain/', operations: explainApi(stores) },
  ]
  return resources.map(({ path, operations }) => ({
    path,
    operations: operationsAskingForProof(operations, stores.clock),
  }))
}
