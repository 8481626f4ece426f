import { permission, type Permission } from '../core/permission.ts'

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A request that only reads: GET, HEAD or OPTIONS (RFC 9110, section 9.2.1; TRACE is not served). */
export const isReadOnly: Permission = permission({ name: 'isReadOnly' }, async ({ request }) =>
  readingMethods.has(request.method),
)
