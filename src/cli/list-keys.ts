import { createDesk } from './desk.ts'
import { checkOwner, ownerNamed, type OwnerOptions } from './owner.ts'
import type { AddCommand } from './program.ts'
import { momentOr, table } from './text-table.ts'

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
          revokedAt !== null ? 'revoked' : disabledAt !== null ? 'disabled' : momentOr(expiresAt, 'no end'),
          momentOr(lastUsedAt, 'never used'),
        ])
        print(table(['id', 'name', 'key', 'scopes', 'until', 'last used'], rows), { keys })
      })
    })
}
