import { formatId } from '../storage/id.ts'
import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

/** Walks the audit log and tells whether anything in it was changed or is missing. */
export const verifyAuditLog: AddCommand = (program, done) => {
  program
    .command('verify-audit')
    .description('tell whether anything in the audit log was changed or is missing')
    .addHelpText('after', '\nExample: doorward verify-audit')
    .action(async (_options: object, command) => {
      const { withInstance, print, progress } = createDesk(command)
      const report = await withInstance(async ({ verifyAudit }) =>
        verifyAudit((rows) => progress.show(`${rows} events read`)),
      )
      progress.end()
      const { rows, chains, trimmed, unbound, breaks } = report
      const lines = breaks.map(
        ({ id, reason, chainId, position }) =>
          `  event ${formatId(id)}: ${reason} (chain ${formatId(chainId)}, position ${position})`,
      )
      const text =
        breaks.length === 0
          ? `The audit log is whole: ${rows} events in ${chains} chains.${unboundText(unbound)}`
          : ['The audit log was changed, or is not whole. The first break of each chain:', ...lines].join('\n')
      print(text, {
        isWhole: breaks.length === 0,
        rows,
        chains,
        trimmed,
        unbound,
        breaks: breaks.map((one) => ({ ...one, id: formatId(one.id), chainId: formatId(one.chainId) })),
      })
      if (breaks.length > 0) done(1)
    })
}

/** Those of releases that had no key for it. */
function unboundText(rows: number): string {
  return rows === 0
    ? ''
    : ` ${rows} of them are from before it was bound to the secret: whoever could write to the database could have made those anew.`
}
