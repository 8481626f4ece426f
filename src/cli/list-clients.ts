import { createDesk } from './desk.ts'
import { userNamed } from './owner.ts'
import type { AddCommand } from './program.ts'
import { momentOr, table } from './text-table.ts'

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
          client.hasSecret ? momentOr(client.secretLastUsedAt, 'never used') : '',
        ])
        print(table(['client_id', 'name', 'kind', 'grant types', '', 'secret last used'], rows), { clients, next })
        if (next !== null) note(`There are more: --after ${next}`)
      })
    })
}
