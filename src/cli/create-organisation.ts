import { CommandMisused } from './command-refused.ts'
import { createDesk, repeated } from './desk.ts'
import { byCommandLine, durationOption, receiverNamed } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly owner: string
  readonly slug?: string
  readonly permission?: readonly string[]
  readonly scope?: readonly string[]
  readonly longestKeyLifetime?: string
  readonly secondFactor?: boolean
}

/** Makes an organisation with its owner and limits. */
export const createOrganisation: AddCommand = (program) => {
  program
    .command('create-organisation')
    .description('make an organisation')
    .argument('<name>', 'what it is called')
    .requiredOption('--owner <user>', 'the user who owns it')
    .option('--slug <slug>', 'its short name in addresses and rules (made of the name)')
    .option('--permission <name>', 'what its roles and service accounts may be given; may be repeated', repeated)
    .option('--scope <scope>', 'what its service accounts may be given; may be repeated', repeated)
    .option('--longest-key-lifetime <duration>', 'how long keys of its service accounts may live, such as 90d')
    .option('--second-factor', 'its members need a second factor')
    .addHelpText('after', '\nExample: doorward create-organisation Acme --owner ada --permission notes.change')
    .action(async (name: string, options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      const { permission = [], scope = [], secondFactor = false } = options
      const { slugOf } = await import('../organisations/organisation-values.ts')
      const slug = options.slug ?? slugOf(name)
      if (slug === null) throw new CommandMisused('No short name can be made of this name. Give one: --slug acme')
      const longestKeyLifetime = durationOption(options.longestKeyLifetime)
      await withInstance(async (instance) => {
        const ownerId = (await receiverNamed(instance, options.owner)).id
        const made = await instance.orgs.organisations.create(
          {
            name,
            slug,
            ownerId,
            allowedPermissions: permission,
            allowedScopes: scope,
            longestKeyLifetime,
            secondFactorRequired: secondFactor,
          },
          byCommandLine,
        )
        print(`The organisation ${made.name} (${made.slug}, ${made.id}) is made. ${options.owner} owns it.`, made)
      })
    })
}
