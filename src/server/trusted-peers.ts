import { createTrustedPeers, type TrustedPeers } from '../http/peers.ts'
import { SettingsInvalid } from './settings.ts'

/** Whom to believe: by address, by secret, or both. `null`: nobody, and this way in is closed. */
export function peersOf(addresses: readonly string[], header: string, value: string | null): TrustedPeers | null {
  if (addresses.length === 0 && value === null) return null
  try {
    return createTrustedPeers({
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(value === null ? {} : { secret: { header, value } }),
    })
  } catch (error) {
    throw new SettingsInvalid([error instanceof Error ? error.message : String(error)])
  }
}
