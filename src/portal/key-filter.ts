import type { ApiKeyFilter } from '../tokens/api-key-list.ts'

/** The states that one can look for among one's keys. */
export const keyStates = [
  { value: '', text: 'Any' },
  { value: 'on', text: 'In use' },
  { value: 'unused', text: 'Unused for 90 days' },
  { value: 'unending', text: 'Never expires' },
  { value: 'expiring', text: 'Expires within 14 days' },
  { value: 'disabled', text: 'Off' },
  { value: 'revoked', text: 'Revoked' },
] as const

/** What is meant by one of them; any for every other text. */
export function keyFilterOf(state: string, now: number): ApiKeyFilter {
  if (state === 'on' || state === 'disabled' || state === 'revoked') return { state }
  if (state === 'unused') return { unusedSince: now - 90 * day }
  if (state === 'unending') return { expires: false }
  return state === 'expiring' ? { expiresBefore: now + 14 * day, expiresAfter: now } : {}
}

const day = 86_400_000
