import { CommandRefused } from './command-refused.ts'
import { createDesk, repeated } from './desk.ts'
import { organisationOption } from './organisation-named.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly permission?: readonly string[]
  readonly description?: string
  readonly organisation?: string
  readonly from?: string
}

/** Makes a role. */
export const createRole: AddCommand = (program) => {
  program
    .command('create-role')
    .description('make a role: permissions under one name')
    .argument('<name>', 'one word, such as editor')
    .option('--permission <name>', 'what it allows, such as notes.change; may be repeated', repeated)
    .option('--description <text>', 'what it is for')
    .option('--organisation <name>', 'the organisation that it is of (it is there for all)')
    .option('--from <role>', 'a role whose permissions it begins with, such as admin')
    .addHelpText('after', '\nExample: doorward create-role editor --permission notes.view --permission notes.change')
    .action(async (name: string, options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const { roles } = instance.orgs
        const organisation = await organisationOption(instance, options.organisation)
        const known = await roles.list(organisation?.id ?? null)
        const base = options.from === undefined ? null : known.find((one) => one.name === options.from)
        if (base === undefined) throw new CommandRefused(`There is no role ${options.from}. Nothing was done.`)
        const made = await roles.create(
          {
            name,
            description: options.description ?? '',
            permissions: [...(base?.permissions ?? []), ...(options.permission ?? [])],
            organisationId: organisation?.id ?? null,
          },
          byCommandLine,
        )
        print(`The role ${made.name} (${made.id}) is made.`, made)
      })
    })
}
