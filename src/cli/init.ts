import { existsSync, writeFileSync } from 'node:fs'
import { CommandRefused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

/** Writes a configuration file with every setting in it, commented at its default. */
export const init: AddCommand = (program) => {
  program
    .command('init')
    .description('write doorward.config.ts with every setting, commented at its default')
    .option('--force', 'replace one that is there')
    .addHelpText('after', '\nExample: doorward init && doorward serve')
    .action(async (options: { readonly force?: boolean }, command) => {
      const { print } = createDesk(command)
      const file = 'doorward.config.ts'
      if (existsSync(file) && options.force !== true) {
        throw new CommandRefused(`${file} is here already. Use --force to replace it.`)
      }
      const { configurationFile } = await import('../server/settings-text.ts')
      writeFileSync(file, configurationFile())
      print(`${file} is written.${next}`, { file })
    })
}

const next = `

Next:
  doorward create-user NAME --superuser   asks for a password
  doorward create-key --user NAME --name first
  doorward serve
  doorward doctor                         before strangers can reach it`
