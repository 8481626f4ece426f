import { endlessLifetimes } from '../server/endless-lifetimes.ts'
import { CommandMisused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import { byCommandLine, durationOption } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Deletes what is over, in small batches. Nothing depends on it: lifetimes are enforced at use. */
export const purgeExpired: AddCommand = (program) => {
  program
    .command('purge')
    .description('delete what has expired, in small batches beside a running server')
    .option('--keep-audit <duration>', 'delete events of the audit log that are older, such as 400d (kept for ever)')
    .addHelpText('after', '\nExample: doorward purge')
    .action(async (options: { readonly keepAudit?: string }, command) => {
      const { withInstance, print, progress, note } = createDesk(command)
      const keepAudit = auditAge(options.keepAudit)
      const { purge } = await import('../storage/purge.ts')
      await withInstance(async ({ database, clock, settings, deletions }) => {
        for (const { setting, stays } of endlessLifetimes(settings)) note(`${stays}: ${setting} is not set.`)
        const accounts = await deletions.carryOut()
        const expired = await purge(database, {
          now: clock(),
          sessionIdle: settings.sessionIdle * 1000,
          ...(keepAudit === null ? {} : { keepAudit: keepAudit * 1000 }),
          ...(settings.oauthUnusedRegistrationLifetime === null
            ? {}
            : { keepUnusedClients: settings.oauthUnusedRegistrationLifetime * 1000 }),
          onProgress: (table, count) => progress.show(`${table}: ${count} deleted`),
        })
        progress.end()
        if (keepAudit !== null && (expired['audit_events'] ?? 0) > 0) {
          const detail = { older_than: keepAudit, events: expired['audit_events'] }
          await database.append({ audit: { ...byCommandLine, event: 'audit.purged', subject: 'audit', detail } })
        }
        const deleted = { ...expired, accounts }
        const lines = Object.entries(deleted).map(([table, count]) => `${table.padEnd(20)} ${count}`)
        print(lines.join('\n'), deleted)
      })
    })
}

/** Seconds. Less than a day would take away what somebody is just looking for. */
function auditAge(text: string | undefined): number | null {
  const seconds = durationOption(text)
  if (seconds !== null && seconds < 86_400) throw new CommandMisused('--keep-audit is a day or more, such as 400d.')
  return seconds
}
