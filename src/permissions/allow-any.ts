import { permission, type Permission } from '../core/permission.ts'

/** Open to everyone. Authentication still runs: a credential that is no good is refused here too. */
export const allowAny: Permission = permission({ name: 'allowAny', filter: () => true }, async () => true)
