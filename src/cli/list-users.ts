import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'
import { table } from './text-table.ts'

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
