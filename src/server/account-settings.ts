import { duration, type Setting } from './setting.ts'

/** Settings of what people do with their own account: see `settings.ts`. Durations are seconds. */
export interface AccountSettings {
  readonly accountDeletionDelay: number | null
}

const group = 'Own accounts'

export const accountSettings: { readonly [Name in keyof AccountSettings]: Setting<AccountSettings[Name]> } = {
  accountDeletionDelay: {
    group,
    default: 604_800,
    parse: duration.nullable(),
    meaning:
      'How long after a person asked for it their account is deleted; until then it works as ever and they can keep it. null: people do not delete their own account.',
  },
}
