import type { ApiKeysOptions } from '../tokens/api-keys.ts'
import type { Settings } from './settings.ts'

/** How many keys one owner may have, as the settings have it. */
export function keyLimitsOf({
  keysPerUser,
  keysPerServiceAccount,
}: Pick<Settings, 'keysPerUser' | 'keysPerServiceAccount'>): Pick<
  ApiKeysOptions,
  'mostPerUser' | 'mostPerServiceAccount'
> {
  return { mostPerUser: keysPerUser || null, mostPerServiceAccount: keysPerServiceAccount || null }
}
