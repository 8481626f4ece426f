import { verifyAudit } from '../storage/verify-audit.ts'
import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

/** Walks the audit log and tells whether anything in it was changed or is missing. */
export const verifyAuditLog: AddCommand = (program, done) => {
  program
    .command('verify-audit')
    .description('tell whether anything in the audit log was changed or is missing')
    .addHelpText('after', '\nExample: doorward verify-audit')
    .action(async (_options: object, command) => {
      const { withInstance, print } = createDesk(command)
      const report = await withInstance(async ({ database }) => verifyAudit(database))
      const { rows, chains, breaks } = report
      const text =
        breaks.length === 0
          ? `The audit log is whole: ${rows} events in ${chains} chains.`
          : `The audit log was tampered with or is incomplete: ${JSON.stringify(breaks.map((one) => ({ ...one, chainId: String(one.chainId) })))}`
      print(text, { rows, chains, breaks: breaks.length })
      if (breaks.length > 0) done(1)
    })
}
