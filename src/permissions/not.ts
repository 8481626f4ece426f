import type { Check, Permission } from '../core/permission.ts'
import { agrees, isDenial } from './agrees.ts'
import { combination } from './combination.ts'

/** The part must not agree. A denial with a reason is a denial; a fault passes through. */
export function not<Who, Resource>(part: Permission<Who, Resource>): Permission<Who, Resource> {
  return combination('not', [part], async (check: Check<Who, Resource>) => {
    try {
      return !(await agrees(part, check))
    } catch (error) {
      if (isDenial(error)) return true
      throw error
    }
  })
}
