import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

/** Looks for what is insecure or broken, and says how to mend it. It changes nothing. */
export const doctor: AddCommand = (program, done) => {
  program
    .command('doctor')
    .description('name what is insecure or broken, and the fix; exit code 1 for problems')
    .addHelpText('after', '\nExample: doorward doctor')
    .action(async (_options: object, command) => {
      const { doctorFindings } = await import('./doctor-findings.ts')
      const { settings: load, print, note } = createDesk(command)
      const settings = await load()
      note('Looking at the settings, the database and this machine …')
      const findings = await doctorFindings(settings)
      const lines = findings.map(
        ({ verdict, what, fix }) => `${verdict.padEnd(8)} ${what}${fix === undefined ? '' : `\n         → ${fix}`}`,
      )
      const isSound = findings.every(({ verdict }) => verdict !== 'problem')
      print(lines.join('\n'), { isSound, findings })
      if (!isSound) done(1)
    })
}
