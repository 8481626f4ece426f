import { apiKeyKind } from './api-key-kind.ts'
import { clientKind } from './client-kind.ts'
import { groupKind } from './group-kind.ts'
import type { Kind } from './kind.ts'
import { organisationKind } from './organisation-kind.ts'
import { roleKind } from './role-kind.ts'
import { serviceAccountKind } from './service-account-kind.ts'
import { userKind } from './user-kind.ts'

/** Everything that can be declared, in the order in which one thing names another that is there already. */
export const kinds: readonly Kind[] = [
  groupKind,
  userKind,
  organisationKind,
  roleKind,
  serviceAccountKind,
  apiKeyKind,
  clientKind,
]
