import type { SessionRow } from '../storage/schema.ts'
import { authOf, type SessionAuth } from './session-finder.ts'

/** A session as its user sees it: a device. */
export interface Device extends SessionAuth {
  readonly lastSeenAt: number
  readonly address: string | null
  readonly userAgent: string | null
}

export function toDevice(row: Omit<SessionRow, 'digest'>): Device {
  return { ...authOf(row), lastSeenAt: row.last_seen_at, address: row.address, userAgent: row.user_agent }
}
