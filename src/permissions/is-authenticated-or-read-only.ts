import { permission, type Permission } from '../core/permission.ts'
import { isReadOnly } from './is-read-only.ts'

/** Anybody may read, any principal may write. */
export const isAuthenticatedOrReadOnly: Permission = permission(
  { name: 'isAuthenticatedOrReadOnly' },
  async (check) => check.identity !== null || (await isReadOnly(check)),
)
