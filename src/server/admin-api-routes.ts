import { adminApi } from '../admin/admin-api.ts'
import { createCursors } from '../api/cursors.ts'
import { operationsRoute, type OperationsRoute } from '../api/operations-route.ts'
import type { Auth } from '../core/auth.ts'
import type { Instance } from './instance.ts'

/** The JSON API under `/api/admin/`. */
export function adminApiRoutes(instance: Instance, auth: Pick<Auth, 'allow'>): readonly OperationsRoute[] {
  const cursors = createCursors({ key: instance.sealer.derive('cursors') })
  const stores = { clients: instance.oauth.clients }
  return adminApi(stores).map((resource) => operationsRoute({ ...resource, auth, cursors }))
}
