import type { RequestRefused } from '../../core/errors.ts'
import { invalid } from '../user-values.ts'

/** The same for a link that was used, is too old, was made up, or whose account has changed since. */
export function deadLink(): RequestRefused {
  return invalid({ token: ['This link does not work any more. Ask for a new one.'] })
}
