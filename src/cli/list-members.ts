import { createDesk } from './desk.ts'
import { organisationNamed } from './organisation-named.ts'
import type { AddCommand } from './program.ts'
import { momentOr, table } from './text-table.ts'

/** Lists the members of an organisation. */
export const listMembers: AddCommand = (program) => {
  program
    .command('list-members')
    .description('list the members of an organisation, with the roles that they have there')
    .argument('<organisation>', 'its short name or id')
    .option('--after <id>', 'the page after this user')
    .addHelpText('after', '\nExample: doorward list-members acme')
    .action(async (name: string, options: { readonly after?: string }, command) => {
      const { withInstance, print, note } = createDesk(command)
      await withInstance(async (instance) => {
        const { members, roleGrants } = instance.orgs
        const { id } = await organisationNamed(instance, name)
        const { members: page, next } = await members.list(id, options)
        const grants = await roleGrants.inOrganisation(id)
        const all = page.map((member) => ({
          ...member,
          roles: grants.filter(({ userId }) => userId === member.userId).map(({ roleName }) => roleName),
        }))
        const rows = all.map(({ username, email, standing, roles, joinedAt }) => [
          username,
          email ?? '',
          standing,
          roles.join(' '),
          momentOr(joinedAt, ''),
        ])
        print(table(['username', 'e-mail', 'is', 'roles', 'since'], rows), { members: all, next })
        if (next !== null) note(`There are more: --after ${next}`)
      })
    })
}
