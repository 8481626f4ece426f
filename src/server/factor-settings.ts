import { z } from 'zod'
import { duration, type Setting } from './setting.ts'

/** Settings of second factors and passkeys: see `settings.ts`. Durations are seconds. */
export interface FactorSettings {
  readonly secondFactor: 'off' | 'optional' | 'staff' | 'required'
  readonly trustedBrowserLifetime: number | null
  readonly secondFactorRemoval: 'owner' | 'administrators'
  readonly passkeyDomain: string | null
  readonly passkeySignCount: 'refuse' | 'flag'
}

/** 0 is for ever for nobody. */
function zeroToNull(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'string'
    ? /^0+[smhd]?$/.test(String(value))
      ? null
      : value
    : value
}

const group = 'Second factors and passkeys'

export const factorSettings: { readonly [Name in keyof FactorSettings]: Setting<FactorSettings[Name]> } = {
  secondFactor: {
    group,
    default: 'optional',
    parse: z.enum(['off', 'optional', 'staff', 'required']),
    meaning:
      'Who has to have a second factor: whoever has added one is asked for it (optional), staff and superusers have to add one (staff), everybody has to (required). off asks nobody, not even who has one.',
  },
  trustedBrowserLifetime: {
    group,
    default: 2_592_000,
    parse: z.preprocess(zeroToNull, duration.nullable()),
    meaning:
      'For how long a person may have their browser not ask for the second factor when they sign in: a box on its page, which nobody has to check. 0 or null: it always asks. A fresh proof always asks.',
  },
  secondFactorRemoval: {
    group,
    default: 'owner',
    parse: z.enum(['owner', 'administrators']),
    meaning:
      'Who takes a second factor or passkey away: its owner, or administrators alone, whom its owner asks. Its owner may put another app in the place of one either way.',
  },
  passkeyDomain: {
    group,
    default: null,
    parse: z
      .string()
      .toLowerCase()
      .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/)
      .nullable(),
    meaning:
      'The domain that passkeys are made for: that of publicUrl, or one above it. Those of another are dead. Without it, that of publicUrl.',
  },
  passkeySignCount: {
    group,
    default: 'refuse',
    parse: z.enum(['refuse', 'flag']),
    meaning:
      'What is done with a passkey whose count of signatures does not go up, which may exist twice: refuse, or flag.',
  },
}
