import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

/** Brings the schema up to date. Safe to repeat, to interrupt, and to run on several nodes at once. */
export const migrate: AddCommand = (program, done) => {
  program
    .command('migrate')
    .description('bring the database schema up to date')
    .option('--check', 'only tell what is to be done; exit code 1 if anything')
    .addHelpText('after', '\nExample: doorward migrate --check || doorward migrate')
    .action(async (options: { readonly check?: boolean }, command) => {
      const { settings, print, note } = createDesk(command)
      const { openDatabase } = await import('../server/open-database.ts')
      const database = await openDatabase(await settings())
      try {
        const pending = await database.pendingMigrations()
        if (options.check === true) {
          print(pending.length === 0 ? 'The schema is up to date.' : `To be applied: ${pending.join(', ')}`, {
            pending,
          })
          if (pending.length > 0) done(1)
          return
        }
        await database.migrate((step) => note(`applied ${step}`))
        print('The schema is up to date.', { applied: pending })
      } finally {
        await database.close()
      }
    })
}
