import { createDesk } from './desk.ts'
import { organisationOption } from './organisation-named.ts'
import type { AddCommand } from './program.ts'
import { table } from './text-table.ts'

/** Lists roles and what they allow. */
export const listRoles: AddCommand = (program) => {
  program
    .command('list-roles')
    .description('list the roles that are there for all, or those of an organisation')
    .option('--organisation <name>', 'those of this organisation')
    .addHelpText('after', '\nExample: doorward list-roles')
    .action(async (options: { readonly organisation?: string }, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const organisation = await organisationOption(instance, options.organisation)
        const roles = await instance.orgs.roles.list(organisation?.id ?? null)
        const rows = roles.map(({ name, permissions, isBuiltIn, description }) => [
          name,
          isBuiltIn ? 'built in' : '',
          permissions.join(' '),
          description,
        ])
        print(table(['name', '', 'permissions', 'for'], rows), { roles })
      })
    })
}
