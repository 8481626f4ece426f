import { createDesk, repeated } from './desk.ts'
import { organisationOption } from './organisation-named.ts'
import { byCommandLine, receiverNamed } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly owner?: string
  readonly organisation?: string
  readonly scope?: readonly string[]
  readonly permission?: readonly string[]
}

/** Makes a principal for a program. */
export const createServiceAccount: AddCommand = (program) => {
  program
    .command('create-service-account')
    .description('make an account for a program')
    .argument('<name>', 'what it is called')
    .option('--owner <user>', 'the user who answers for it')
    .option('--organisation <name>', 'the organisation that it belongs to')
    .option('--scope <scope>', 'what its credentials may do at most; may be repeated', repeated)
    .option('--permission <name>', 'a permission of its own, such as reports.view; may be repeated', repeated)
    .addHelpText('after', '\nExample: doorward create-service-account reporting --owner ada --scope read')
    .action(async (name: string, { owner, organisation, scope = [], permission = [] }: Options, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const ownerId = owner === undefined ? null : (await receiverNamed(instance, owner)).id
        const organisationId = (await organisationOption(instance, organisation))?.id ?? null
        const account = await instance.serviceAccounts.create(
          { name, ownerId, organisationId, scopes: scope, permissions: permission },
          { by: byCommandLine },
        )
        print(`The service account ${account.name} (${account.id}) is made.`, account)
      })
    })
}
