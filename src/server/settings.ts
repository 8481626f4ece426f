import { type AccountSettings, accountSettings } from './account-settings.ts'
import { type FactorSettings, factorSettings } from './factor-settings.ts'
import { type GatekeeperSettings, gatekeeperSettings } from './gatekeeper-settings.ts'
import { type JwtSettings, jwtSettings } from './jwt-settings.ts'
import { type KeySettings, keySettings } from './key-settings.ts'
import { type MailSettings, mailSettings } from './mail-settings.ts'
import { type OAuthSettings, oauthSettings } from './oauth-settings.ts'
import { type OperationSettings, operationSettings } from './operation-settings.ts'
import { type OrganisationSettings, organisationSettings } from './organisation-settings.ts'
import { type PlaceSettings, placeSettings } from './place-settings.ts'
import { type SessionSettings, sessionSettings } from './session-settings.ts'
import { type SocialSettings, socialSettings } from './social-settings.ts'
import { type StorageSettings, storageSettings } from './storage-settings.ts'
import { type ThrottleSettings, throttleSettings } from './throttle-settings.ts'
import { type WayInSettings, wayInSettings } from './way-in-settings.ts'
import type { Setting } from './setting.ts'

export type { Setting } from './setting.ts'
export type { WayIn } from './way-in-settings.ts'

/** The settings as the program reads them. Durations are seconds; `null` is "not set". What each means stands in the table. */
export interface Settings
  extends
    PlaceSettings,
    StorageSettings,
    WayInSettings,
    JwtSettings,
    SessionSettings,
    ThrottleSettings,
    FactorSettings,
    MailSettings,
    AccountSettings,
    OAuthSettings,
    SocialSettings,
    KeySettings,
    OrganisationSettings,
    GatekeeperSettings,
    OperationSettings {}

export type SettingName = keyof Settings

/**
 * Every setting of the server, in one table: its default, its parser, and one line on what it does. The environment
 * variable is the name in capitals behind `DOORWARD_` (`publicUrl` is `DOORWARD_PUBLIC_URL`). `docs/configuration.md` and
 * `doorward settings` are made from it, and names that are not here are refused.
 */
export const settings: { readonly [Name in SettingName]: Setting<Settings[Name]> } = {
  ...placeSettings,
  ...storageSettings,
  ...wayInSettings,
  ...jwtSettings,
  ...sessionSettings,
  ...throttleSettings,
  ...factorSettings,
  ...mailSettings,
  ...accountSettings,
  ...oauthSettings,
  ...socialSettings,
  ...keySettings,
  ...organisationSettings,
  ...gatekeeperSettings,
  ...operationSettings,
}

/** What somebody may write: in `doorward.config.ts`, in the environment, or on the command line. */
export type GivenSettings = { readonly [Name in SettingName]?: unknown }

/** Something is wrong with the settings: every fault at once, each with what to do. */
export class SettingsInvalid extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(`The settings do not hold:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, options)
    this.name = 'SettingsInvalid'
    this.faults = faults
  }
}

/** Reads given settings over the defaults. Unknown names are refused, with the nearest known one. */
export function readSettings(given: Readonly<Record<string, unknown>>): Settings {
  const faults: string[] = []
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settings, name)) faults.push(`${name} is not a setting.${suggestion(name)}`)
  }
  const read = Object.entries(settings).map(([name, { default: fallback, parse }]) => {
    const value = Object.hasOwn(given, name) && given[name] !== undefined ? given[name] : fallback
    const parsed = parse.safeParse(value)
    if (!parsed.success) faults.push(`${name}: ${parsed.error.issues.map(issueText).join('; ')}.`)
    return [name, parsed.data]
  })
  if (faults.length > 0) throw new SettingsInvalid(faults)
  return Object.fromEntries(read) as Settings
}

/** The settings in an environment: `DOORWARD_PUBLIC_URL` is `publicUrl`. Unknown `DOORWARD_` names are refused. */
export function settingsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): GivenSettings {
  const byVariable = new Map(Object.keys(settings).map((name) => [variableOf(name), name]))
  const given: Record<string, unknown> = {}
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('DOORWARD_') || value === undefined) continue
    const name = byVariable.get(variable)
    if (name === undefined) throw new SettingsInvalid([`${variable} is not a setting. "doorward settings" lists them.`])
    if (value !== '') given[name] = value
  }
  return given
}

/** The environment variable of a setting. */
export function variableOf(name: string): string {
  return `DOORWARD_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

function issueText(issue: { readonly code: string; readonly message: string; readonly expected?: string }): string {
  // "expected number, received NaN" tells nobody who typed letters what to do.
  return issue.code === 'invalid_type' && issue.expected === 'number' ? 'it has to be a number' : issue.message
}

function suggestion(name: string): string {
  const near = Object.keys(settings).find(
    (known) => known.toLowerCase().replaceAll(/[^a-z]/g, '') === name.toLowerCase().replaceAll(/[^a-z]/g, ''),
  )
  return near === undefined ? ' "doorward settings" lists them.' : ` Did you mean ${near}?`
}
