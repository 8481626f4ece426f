import type { SettingName } from '../server/settings.ts'
import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

/** Shows every setting that is in force and where it comes from; secrets are not shown. */
export const showSettings: AddCommand = (program) => {
  program
    .command('settings')
    .description('show every setting that is in force, and where it comes from')
    .option('--defaults', 'print a configuration file with every setting at its default')
    .addHelpText('after', '\nExample: doorward settings')
    .action(async (options: { readonly defaults?: boolean }, command) => {
      const desk = createDesk(command)
      const [{ settings: tableOfSettings, variableOf }, { settingOrigin }, { configurationFile }] = await Promise.all([
        import('../server/settings.ts'),
        import('../server/setting-origin.ts'),
        import('../server/settings-text.ts'),
      ])
      if (options.defaults === true) {
        desk.print(configurationFile().trimEnd(), { file: configurationFile() })
        return
      }
      const inForce = await desk.settings()
      const rows = (Object.keys(tableOfSettings) as SettingName[]).map((name) => {
        const { secret } = tableOfSettings[name]
        const value = inForce[name]
        const isSet = value !== null && !(Array.isArray(value) && value.length === 0)
        const shown = secret === true && isSet ? '(set, not shown)' : value
        return {
          name,
          variable: variableOf(name),
          value: shown,
          from: settingOrigin(name, inForce, desk.given),
        }
      })
      const lines = rows.map(
        ({ name, value, from }) =>
          `${from === 'default' ? ' ' : '*'} ${name.padEnd(32)} ${typeof value === 'string' ? value : JSON.stringify(value)}${from === 'default' ? '' : `   (${from})`}`,
      )
      desk.print([...lines, '', '* not by default'].join('\n'), { settings: rows })
    })
}
