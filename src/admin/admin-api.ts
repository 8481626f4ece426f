import type { Operation } from '../api/operation.ts'
import { operationsAskingForProof } from '../api/operations-asking-for-proof.ts'
import { unaskedOperations } from './unasked.ts'
import { auditApi, type AuditApiStores } from './audit/audit-api.ts'
import { breakGlassApi, type BreakGlassApiStores } from './security/break-glass-api.ts'
import { clientsApi } from './applications/clients-api.ts'
import { explainApi, type ExplainApiStores } from './security/explain-api.ts'
import { grantsApi, type GrantsApiStores } from './credentials/grants-api.ts'
import { groupsApi, type GroupsApiStores } from './roles/groups-api.ts'
import { issuedTokensApi, type IssuedTokensApiStores } from './credentials/issued-tokens-api.ts'
import { keysApi, type KeysApiStores } from './credentials/keys-api.ts'
import { linkedAccountsApi, type LinkedAccountsApiStores } from './users/linked-accounts-api.ts'
import { organisationsApi, type OrganisationsApiStores } from './organisations/organisations-api.ts'
import { rolesApi, type RolesApiStores } from './roles/roles-api.ts'
import { serviceAccountsApi, type ServiceAccountsApiStores } from './credentials/service-accounts-api.ts'
import { sessionsApi, type SessionsApiStores } from './users/sessions-api.ts'
import { signingKeysApi } from './security/signing-keys-api.ts'
import { throttlesApi, type ThrottlesApiStores } from './security/throttles-api.ts'
import { tokensApi, type TokensApiStores } from './credentials/tokens-api.ts'
import type { FindRights } from '../organisations/rights.ts'
import { operationApi, type OperationApiStores } from './operation/operation-api.ts'
import { mailApi } from './operation/mail-api.ts'
import type { MailStores } from './operation/mail-state.ts'
import type { OverviewStores } from './operation/overview.ts'
import { overviewApi } from './operation/overview-api.ts'
import { invitationsApi } from './users/invitations-api.ts'
import { userApplicationsApi, type UserApplicationsApiStores } from './users/user-applications-api.ts'
import { userRightsApi } from './users/user-rights-api.ts'
import { usersApi, type UsersApiStores } from './users/users-api.ts'

/** The operations of one resource, and the path that they are at and below. */
export interface Resource {
  readonly path: string
  readonly operations: readonly Operation[]
}

export interface AdminApiStores
  extends
    Omit<UsersApiStores, 'members'>,
    GroupsApiStores,
    SessionsApiStores,
    LinkedAccountsApiStores,
    KeysApiStores,
    TokensApiStores,
    ServiceAccountsApiStores,
    GrantsApiStores,
    IssuedTokensApiStores,
    AuditApiStores,
    Omit<ThrottlesApiStores, 'keyList' | 'serviceAccounts' | 'organisations' | 'clients' | 'users'>,
    BreakGlassApiStores,
    ExplainApiStores,
    UserApplicationsApiStores,
    OperationApiStores,
    MailStores,
    Omit<OverviewStores, 'log'> {
  readonly findRights: FindRights
  /** What organisations and roles need. */
  readonly orgs: Omit<OrganisationsApiStores & RolesApiStores, 'users' | 'serviceAccounts' | 'apiKeys'>
  readonly clients: Parameters<typeof clientsApi>[0]['clients']
  readonly changeClientOwner: Parameters<typeof clientsApi>[0]['changeClientOwner']
  readonly previewTokens: Parameters<typeof clientsApi>[0]['previewTokens']
  readonly reviews: Parameters<typeof clientsApi>[0]['reviews']
  readonly testers: Parameters<typeof clientsApi>[0]['testers']
  readonly logos: Parameters<typeof clientsApi>[0]['logos']
  readonly endClientTokens: Parameters<typeof clientsApi>[0]['endClientTokens']
  readonly clock: () => number
  readonly apiKeys: KeysApiStores['apiKeys'] & ServiceAccountsApiStores['apiKeys'] & OrganisationsApiStores['apiKeys']
  readonly users: UsersApiStores['users']
  readonly groups: UsersApiStores['groups']
  readonly signingKeys: Parameters<typeof signingKeysApi>[0]['signingKeys']
  readonly keySetReaders: Parameters<typeof signingKeysApi>[0]['keySetReaders']
}

/** The JSON API for administrators: one resource for each thing that the console shows. What is dangerous asks for a fresh proof. */
export function adminApi(stores: AdminApiStores): readonly Resource[] {
  const operation = operationApi(stores)
  const resources = [
    {
      path: '/api/admin/users/',
      operations: [
        ...usersApi({ ...stores, members: stores.orgs.members }),
        ...userApplicationsApi(stores),
        ...userRightsApi(stores),
      ],
    },
    { path: '/api/admin/invitations/', operations: invitationsApi(stores.orgs) },
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
    {
      path: '/api/admin/throttles/',
      operations: throttlesApi({ ...stores, organisations: stores.orgs.organisations }),
    },
    { path: '/api/admin/break-glass/', operations: breakGlassApi(stores) },
    { path: '/api/admin/explain/', operations: explainApi(stores) },
    { path: '/api/admin/health/', operations: operation.health },
    { path: '/api/admin/settings/', operations: operation.settings },
    { path: '/api/admin/mail/', operations: mailApi(stores) },
    { path: '/api/admin/overview/', operations: overviewApi({ ...stores, log: stores.auditLog }) },
  ]
  return resources.map(({ path, operations }) => ({
    path,
    operations: operationsAskingForProof(operations, { unasked: unaskedOperations, clock: stores.clock }),
  }))
}
