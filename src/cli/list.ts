import { createDesk } from './desk.ts'
import { checkOwner, ownerNamed, type OwnerOptions, userNamed } from './owner.ts'
import type { AddCommand } from './program.ts'
import { day, table } from './text-table.ts'

/** Lists users, newest first. */
export const listUsers: AddCommand = (program) => {
  program
    .command('list-users')
    .description('list users, newest first')
    .option('--search <text>', 'only those whose name or address begins so')
    .option('--after <id>', 'the page after this user')
    .addHelpText('after', '\nExample: doorward list-users --search a')
    .action(async (options: { readonly search?: string; readonly after?: string }, command) => {
      const { withInstance, print, note } = createDesk(command)
      await withInstance(async (instance) => {
        const { users, next } = await instance.users.list(options)
        const rows = users.map(({ id, username, email, isActive, isStaff, isSuperuser }) => [
          id,
          username,
          email ?? '',
          [isActive ? '' : 'inactive', isStaff ? 'staff' : '', isSuperuser ? 'superuser' : '']
            .filter((word) => word !== '')
            .join(' '),
        ])
        print(table(['id', 'username', 'e-mail', ''], rows), { users, next })
        if (next !== null) note(`There are more: --after ${next}`)
      })
    })
}

/** Lists the API keys of a user or service account, without their secrets. */
export const listKeys: AddCommand = (program) => {
  program
    .command('list-keys')
    .description('list the API keys of a user or service account')
    .option('--user <name>', 'whose keys')
    .option('--service-account <name>', 'whose keys')
    .addHelpText('after', '\nExample: doorward list-keys --user ada')
    .action(async (options: OwnerOptions, command) => {
      const { withInstance, print } = createDesk(command)
      checkOwner(options)
      await withInstance(async (instance) => {
        const keys = await instance.apiKeys.list(await ownerNamed(instance, options))
        const rows = keys.map(({ id, name, masked, scopes, expiresAt, lastUsedAt, revokedAt, disabledAt }) => [
          id,
          name,
          masked,
          scopes.join(' '),
          revokedAt !== null ? 'revoked' : disabledAt !== null ? 'disabled' : day(expiresAt, 'no end'),
          day(lastUsedAt, 'never used'),
        ])
        print(table(['id', 'name', 'key', 'scopes', 'until', 'last used'], rows), { keys })
      })
    })
}

/** Lists the clients of the authorization server, newest first, without their secrets. */
export const listClients: AddCommand = (program) => {
  program
    .command('list-clients')
    .description('list the clients of the authorization server, newest first')
    .option('--owner <user>', 'only those that this user answers for')
    .option('--after <id>', 'the page after this one')
    .addHelpText('after', '\nExample: doorward list-clients --owner ada')
    .action(async (options: { readonly owner?: string; readonly after?: string }, command) => {
      const { withInstance, print, note } = createDesk(command)
      await withInstance(async (instance) => {
        const owner = options.owner === undefined ? {} : { owner: (await userNamed(instance, options.owner)).id }
        const { clients, next } = await instance.oauth.clients.list({ ...options, ...owner })
        const rows = clients.map((client) => [
          client.id,
          client.name,
          client.isConfidential ? 'confidential' : 'public',
          client.grantTypes.map((type) => type.replace(/^urn:.*:/, '')).join(' '),
          client.isActive ? '' : 'disabled',
          client.hasSecret ? day(client.secretLastUsedAt, 'never used') : '',
        ])
        print(table(['client_id', 'name', 'kind', 'grant types', '', 'secret last used'], rows), { clients, next })
        if (next !== null) note(`There are more: --after ${next}`)
      })
    })
}
