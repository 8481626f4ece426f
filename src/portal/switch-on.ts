import { RequestRefused } from '../core/errors.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import type { Visit } from '../screens/screen.ts'

/**
 * Throws `RequestRefused` (`conflict`) where somebody else has switched a thing off, as an administrator does who has seen
 * it do harm: its owner does not switch it on again.
 */
export async function checkMaySwitchOn(
  auditLog: Pick<AuditLog, 'list'>,
  { user }: Visit,
  subject: string,
  event: 'client.disabled' | 'key.disabled',
): Promise<void> {
  const { entries } = await auditLog.list({ subject, event }, { limit: 1 })
  const actor = entries[0]?.actor
  if (actor === undefined || actor === `user:${user.id}`) return
  throw new RequestRefused(
    'conflict',
    'It was switched off by somebody else. Ask an administrator to switch it on again.',
  )
}
