import type { ShownSetting } from '../admin/operation/settings-page.ts'
import type { Limit } from '../admin/security/throttles.ts'
import { settingOrigin } from './setting-origin.ts'
import { type Setting, settings as table, type SettingName, type Settings, variableOf } from './settings.ts'

/** Every setting as the console shows it. Of a secret it shows whether there is one. */
export function shownSettings(inForce: Settings): readonly ShownSetting[] {
  return (Object.entries(table) as [SettingName, Setting][]).map(
    ([name, { group, meaning, secret, default: usual }]) => ({
      name,
      variable: variableOf(name),
      group,
      meaning,
      value: secret === true ? secretText(inForce[name]) : textOf(inForce[name]),
      default: secret === true ? secretText(usual) : textOf(usual),
      from: settingOrigin(name, inForce),
    }),
  )
}

/** The limits of the settings, with how their buckets begin. */
export function limitsOf(settings: Settings): readonly Limit[] {
  return [
    {
      what: 'Requests of an address',
      setting: 'requestsPerAddress',
      rate: settings.requestsPerAddress,
      prefix: 'address',
    },
    {
      what: 'Failed requests of an address',
      setting: 'failuresPerAddress',
      rate: settings.failuresPerAddress,
      prefix: 'failures',
    },
    {
      what: 'Requests of a user or a program',
      setting: 'requestsPerPrincipal',
      rate: settings.requestsPerPrincipal,
      prefix: 'principal',
    },
    {
      what: 'Wrong passwords for an account from one network',
      setting: 'guessesPerAccountAndAddress',
      rate: settings.guessesPerAccountAndAddress,
      prefix: 'guess.pair:',
    },
    {
      what: 'Wrong passwords from a network',
      setting: 'guessesPerAddress',
      rate: settings.guessesPerAddress,
      prefix: 'guess.network:',
    },
    {
      what: 'Wrong passwords for an account',
      setting: 'guessesPerAccount',
      rate: settings.guessesPerAccount,
      prefix: 'guess.account:',
    },
    {
      what: 'Mail that is asked for from a network',
      setting: 'mailsPerAddress',
      rate: settings.mailsPerAddress,
      prefix: 'mail.network:',
    },
    {
      what: 'Mail that is asked for to an account',
      setting: 'mailsPerAccount',
      rate: settings.mailsPerAccount,
      prefix: 'mail.account:',
    },
  ]
}

function secretText(value: unknown): string {
  return value === null || (Array.isArray(value) && value.length === 0) ? 'not set' : 'set, not shown'
}

function textOf(value: unknown): string {
  if (value === null) return 'not set'
  if (Array.isArray(value) && value.length === 0) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
