import { count, type Setting } from './setting.ts'

/** Settings of API keys: see `settings.ts`. */
export interface KeySettings {
  readonly keysPerUser: number
  readonly keysPerServiceAccount: number
}

const group = 'API keys'

export const keySettings: { readonly [Name in keyof KeySettings]: Setting<KeySettings[Name]> } = {
  keysPerUser: {
    group,
    default: 100,
    parse: count,
    meaning: 'How many keys a person may have that are neither revoked nor over. 0: any number.',
  },
  keysPerServiceAccount: {
    group,
    default: 100,
    parse: count,
    meaning: 'The same for a service account.',
  },
}
