import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'
import { momentOr, table } from './text-table.ts'

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
          momentOr(createdAt, ''),
          suspendedAt === null ? '' : 'suspended',
        ])
        print(table(['short name', 'name', 'id', 'since', ''], rows), { organisations, next })
        if (next !== null) note(`There are more: --after ${next}`)
      })
    })
}
