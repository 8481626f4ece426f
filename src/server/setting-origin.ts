import { settings as table, variableOf, type GivenSettings, type SettingName, type Settings } from './settings.ts'

/** Where a setting in force comes from, in the order in which one wins over the next. */
export function settingOrigin(name: SettingName, inForce: Settings, given: GivenSettings = {}): string {
  if (Object.hasOwn(given, name)) return 'command line'
  // An empty variable is as good as none: see `settingsFromEnvironment`.
  if ((process.env[variableOf(name)] ?? '') !== '') return variableOf(name)
  return JSON.stringify(inForce[name]) === JSON.stringify(table[name].default) ? 'default' : 'configuration file'
}
