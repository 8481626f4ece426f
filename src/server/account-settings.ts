import { z } from 'zod'
import { duration, type Setting } from './setting.ts'

/** Settings of what people do with their own account: see `settings.ts`. Durations are seconds. */
export interface AccountSettings {
  readonly accountDeletionDelay: number | null
  readonly termsVersion: string | null
  readonly termsUrl: string | null
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
  termsVersion: {
    group,
    default: null,
    parse: z
      .string()
      .regex(/^[\w.-]{1,40}$/, 'a version is written like 2026-05 or v3')
      .nullable(),
    meaning:
      'Which version of the terms (signUpTerms, termsUrl) holds, such as 2026-05. Whoever has not accepted it is asked when they next sign in, or open a page of their account, and not let in before. Without it, only who makes an account is asked.',
  },
  termsUrl: {
    group,
    default: null,
    parse: z.url({ protocol: /^https?$/ }).nullable(),
    meaning: 'Where the terms can be read, beside or in place of signUpTerms.',
  },
}
