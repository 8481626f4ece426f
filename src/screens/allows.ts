import { AuthError } from '../core/errors.ts'
import type { Permission } from '../core/permission.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Signed } from './screen.ts'

/** Whether a permission lets somebody in, without a reason. */
export async function allows(
  permission: Permission | undefined,
  request: Exchange,
  identity: Signed | null,
): Promise<boolean> {
  try {
    return permission === undefined || (await permission({ request, identity, resource: undefined }))
  } catch (error) {
    if (error instanceof AuthError) return false
    throw error
  }
}
