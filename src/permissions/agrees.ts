import { AuthError, PermissionDenied } from '../core/errors.ts'
import type { Check, Permission } from '../core/permission.ts'

/** Nothing but `true` is a yes, whatever a part without types answers. */
export async function agrees<Who, Resource>(
  part: Permission<Who, Resource>,
  check: Check<Who, Resource>,
): Promise<boolean> {
  const answer: unknown = await part(check)
  return answer === true
}

/** A no with a reason: `PermissionDenied`, or the wish for a newer sign-in. Every other error is a fault, and no answer. */
export function isDenial(error: unknown): error is AuthError {
  if (error instanceof PermissionDenied) return true
  return error instanceof AuthError && error.code === 'insufficient_user_authentication'
}
