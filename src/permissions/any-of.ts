import type { AuthError } from '../core/errors.ts'
import type { Check, Permission } from '../core/permission.ts'
import { agrees, isDenial } from './agrees.ts'
import { combination } from './combination.ts'

/**
 * One part has to agree. They are asked in order until one does. When none does, the first reason that was given counts. A
 * fault in a part is a fault, not a no: it passes through.
 */
export function anyOf<Who, Resource>(...parts: readonly Permission<Who, Resource>[]): Permission<Who, Resource> {
  return combination('anyOf', parts, async (check: Check<Who, Resource>) => {
    let reason: AuthError | null = null
    for (const part of parts) {
      try {
        if (await agrees(part, check)) return true
      } catch (error) {
        if (!isDenial(error)) throw error
        reason ??= error
      }
    }
    if (reason !== null) throw reason
    return false
  })
}
