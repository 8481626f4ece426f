import { badge } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import type { ApiKeyRecord } from '../../tokens/api-key-record.ts'

/** How a key stands, in a word. */
export function keyState({ revokedAt, disabledAt, expiresAt, rotation }: ApiKeyRecord, now: number): Markup {
  if (revokedAt !== null) return badge('Revoked', 'bad')
  if (expiresAt !== null && expiresAt <= now) return badge('Expired', 'bad')
  if (disabledAt !== null) return badge('Disabled', 'bad')
  if (rotation !== null) return badge('Being rotated', 'note')
  return badge('Active', 'good')
}
