import { CommandMisused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import { byCommandLine, durationOption } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly name: string
  readonly uses: string
  readonly expires: string
}

/** Makes an initial access token (RFC 7591, section 3) and prints it, this once. */
export const createRegistrationToken: AddCommand = (program) => {
  program
    .command('create-registration-token')
    .description('make a token with which clients may register, and print it, this once')
    .option('--name <name>', 'what you know it by', 'command line')
    .option('--uses <number>', 'how many clients it may register, or any', '1')
    .option('--expires <duration>', 'how long it lives, such as 7d, or never', '7d')
    .addHelpText('after', '\nExample: doorward create-registration-token --name partners --uses 10 --expires 30d')
    .action(async ({ name, uses, expires }: Options, command) => {
      const { withInstance, print, note } = createDesk(command)
      const number = usesIn(uses)
      const seconds = expires === 'never' ? null : durationOption(expires)
      await withInstance(async ({ oauth, settings }) => {
        const wanted = { name, uses: number, expiresIn: seconds, by: byCommandLine }
        const { text, record } = await oauth.registrationTokens.create(wanted)
        print(`${text}\n\nThis is the only time it is shown. Its id is ${record.id}.`, { id: record.id, token: text })
        if (settings.oauthRegistration === 'off')
          note('Registration is switched off: set oauthRegistration to token for this to be of use.')
      })
    })
}

function usesIn(text: string): number | null {
  if (text === 'any') return null
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new CommandMisused(`${text} is no number of uses. Write 10, or any.`)
  return Number(text)
}
