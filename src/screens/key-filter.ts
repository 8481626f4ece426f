import type { Choice } from '../pages/controls.ts'
import type { ApiKeyFilter } from '../tokens/api-key-list.ts'

/** The states that one can look for among API keys; `off` is what a key that was switched off is called there. */
export function keyStateChoices(off: string): readonly Choice[] {
  return [
    { value: '', text: 'Any' },
    { value: 'on', text: 'In use' },
    { value: 'unused', text: 'Unused for 90 days' },
    { value: 'unending', text: 'Never expires' },
    { value: 'expiring', text: 'Expires within 14 days' },
    { value: 'broad', text: 'May do much' },
    { value: 'disabled', text: off },
    { value: 'revoked', text: 'Revoked' },
  ]
}

/** What is meant by one of them; any for every other text. */
export function keyFilterOf(state: string, now: number): ApiKeyFilter {
  if (state === 'on' || state === 'disabled' || state === 'revoked') return { state }
  if (state === 'unused') return { unusedSince: now - 90 * day }
  if (state === 'broad') return { isBroad: true }
  if (state === 'unending') return { expires: false }
  return state === 'expiring' ? { expiresBefore: now + 14 * day, expiresAfter: now } : {}
}

const day = 86_400_000
