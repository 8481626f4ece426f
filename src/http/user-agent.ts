import type { AuthRequest } from '../core/request.ts'

/** What a caller calls itself, as it can be stored and shown: plain signs, and no more than 256 of them. `null` where it does not say. */
export function userAgentIn(headers: AuthRequest['headers'] | undefined): string | null {
  const said = headers?.get('user-agent')
  return said === undefined || said === null || said === '' ? null : storableUserAgent(said)
}

/** The same of what was read already. */
export function storableUserAgent(said: string): string {
  return said.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 256)
}
