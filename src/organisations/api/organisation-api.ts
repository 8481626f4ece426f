import type { Operation } from '../../api/operation.ts'
import type { ApiPlace } from './api-place.ts'
import { invitationOperations, type InvitationOperationStores } from './invitation-operations.ts'
import { memberOperations, type MemberOperationStores } from './member-operations.ts'
import { organisationOperations, type OrganisationOperationStores } from './organisation-operations.ts'
import { roleOperations, type RoleOperationStores } from './role-operations.ts'
import { serviceAccountOperations, type ServiceAccountOperationStores } from './service-account-operations.ts'

export type OrganisationApiStores = OrganisationOperationStores &
  MemberOperationStores &
  InvitationOperationStores &
  RoleOperationStores &
  ServiceAccountOperationStores

/** The operations on one organisation that its members and whoever runs the server have alike. */
export function organisationApi(place: ApiPlace, stores: OrganisationApiStores): readonly Operation[] {
  return [
    ...organisationOperations(place, stores),
    ...memberOperations(place, stores),
    ...invitationOperations(place, stores),
    ...roleOperations(place, stores),
    ...serviceAccountOperations(place, stores),
  ]
}
