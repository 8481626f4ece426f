import type { Check, Permission } from '../core/permission.ts'
import { agrees } from './agrees.ts'
import { combination } from './combination.ts'

/** Every part has to agree. They are asked in order; the first that does not ends it, with its reason. */
export function allOf<Who, Resource>(...parts: readonly Permission<Who, Resource>[]): Permission<Who, Resource> {
  return combination('allOf', parts, async (check: Check<Who, Resource>) => {
    for (const part of parts) if (!(await agrees(part, check))) return false
    return true
  })
}
