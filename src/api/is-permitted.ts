import { AuthError } from '../core/errors.ts'
import type { Check, Permission } from '../core/permission.ts'

/** Whether a permission agrees, whatever its reason where it does not. */
export async function isPermitted<Who, Resource>(
  permission: Permission<Who, Resource>,
  check: Check<Who, Resource>,
): Promise<boolean> {
  try {
    return await permission(check)
  } catch (error) {
    if (error instanceof AuthError) return false
    throw error
  }
}
