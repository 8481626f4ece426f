import { factorsApi } from '../account/factors-api.ts'
import type { Cursors } from '../api/cursors.ts'
import { operationsRoute, type OperationsRoute } from '../api/operations-route.ts'
import type { Auth } from '../core/auth.ts'
import type { Instance } from './instance.ts'

/** The JSON API under `/api/account/`: what people do to their own account. */
export function ownApiRoutes(
  { factors, sessions, clock }: Instance,
  options: { readonly auth: Pick<Auth, 'allow'>; readonly cursors: Cursors },
): readonly OperationsRoute[] {
  const { apps, passkeys, codes, changes, second } = factors
  return [
    operationsRoute({
      ...factorsApi({ apps, passkeys, codes, changes, factors: second, sessions, clock }),
      ...options,
    }),
  ]
}
