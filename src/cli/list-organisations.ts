import { createDesk } from './desk.ts'
import { organisationNamed } from './organisation-named.ts'
import type { AddCommand } from './program.ts'
import { day, table } from './text-table.ts'

/** Lists organisations, newest first. */
export const listOrganisations: AddCommand = (program) => {
  program
    .command('list-organisations')
    .description('list organisations, newest first')
    .option('--search <text>', 'only those whose name or short name begins so')
    .option('--after <id>', 'the page after this one')
    .addHelpText('after', '\nExample: doorward list-organisations --search a')
    .action(async (options: { readonly search?: string; readonly after?: string }, command) => {
      const { withInstance, print, note } = createDesk(command)
      await withInstance(async ({ orgs }) => {
        const { organisations, next } = await orgs.organisations.list(options)
        const rows = organisations.map(({ id, slug, name, createdAt, suspendedAt }) => [
          slug,
          name,
          id,
          day(createdAt, ''),
          suspendedAt === null ? '' : 'suspended',
        ])
        print(table(['short name', 'name', 'id', 'since', ''], rows), { organisations, next })
        if (next !== null) note(`There are more: --after ${next}`)
      })
    })
}

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
          day(joinedAt, ''),
        ])
        print(table(['username', 'e-mail', 'is', 'roles', 'since'], rows), { members: all, next })
        if (next !== null) note(`There are more: --after ${next}`)
      })
    })
}

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
        const { organisation } = options
        const id = organisation === undefined ? null : (await organisationNamed(instance, organisation)).id
        const roles = await instance.orgs.roles.list(id)
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
