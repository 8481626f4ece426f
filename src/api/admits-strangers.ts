import { isPermitted } from './is-permitted.ts'
import type { Described } from './operation.ts'

/** Whether whoever shows nothing may ask it: found by asking its permission about one. */
export async function admitsStrangers({
  permission,
  policy,
  method,
  path,
}: Pick<Described, 'permission' | 'policy' | 'method' | 'path'>): Promise<boolean> {
  if (permission === null) return policy === ''
  const request = { method, url: path, headers: { get: () => null } }
  return isPermitted(permission, { request, identity: null, resource: undefined })
}
