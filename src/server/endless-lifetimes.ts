import type { Settings } from './settings.ts'

/** A lifetime that is not set, and what stays for ever by it. */
export interface EndlessLifetime {
  readonly setting: keyof Settings
  readonly stays: string
}

/** What `doorward purge` never deletes, since nothing says when it is over. */
export function endlessLifetimes(settings: Settings): readonly EndlessLifetime[] {
  return all.filter(({ setting }) => settings[setting] === null)
}

const all: readonly EndlessLifetime[] = [
  { setting: 'tokenLifetime', stays: 'Opaque tokens live until somebody revokes them' },
  { setting: 'oauthUnusedRegistrationLifetime', stays: 'Clients that registered themselves stay, used or not' },
]
