import { purge } from '../storage/purge.ts'
import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

/** Deletes what is over, in small batches. Nothing depends on it: lifetimes are enforced at use. */
export const purgeExpired: AddCommand = (program) => {
  program
    .command('purge')
    .description('delete what has expired, in small batches beside a running server')
    .addHelpText('after', '\nExample: doorward purge')
    .action(async (_options: object, command) => {
      const { withInstance, print, progress } = createDesk(command)
      await withInstance(async ({ database, clock, settings, deletions }) => {
        const accounts = await deletions.carryOut()
        const expired = await purge(database, {
          now: clock(),
          ...(settings.oauthUnusedRegistrationLifetime === null
            ? {}
            : { keepUnusedClients: settings.oauthUnusedRegistrationLifetime * 1000 }),
          onProgress: (table, count) => progress.show(`${table}: ${count} deleted`),
        })
        progress.end()
        const deleted = { ...expired, accounts }
        const lines = Object.entries(deleted).map(([table, count]) => `${table.padEnd(20)} ${count}`)
        print(lines.join('\n'), deleted)
      })
    })
}
