import { createDesk } from './desk.ts'
import { byCommandLine, durationOption, userNamed } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly name: string
  readonly expires?: string
  readonly reset?: boolean
}

/**
 * Makes an opaque token, as `drf_create_token` does. Only digests are stored, so an old token cannot be printed again: a
 * second call makes another one, or with `--reset` one in its place.
 */
export const createToken: AddCommand = (program) => {
  program
    .command('create-token')
    .description('make an opaque token for a user and print it, this once')
    .argument('<user>', 'the username or e-mail address')
    .option('--name <name>', 'what the user knows it by', 'command line')
    .option('--expires <duration>', 'how long it lives, such as 90d (as the settings say)')
    .option('-r, --reset', 'end the tokens of the same name')
    .addHelpText('after', '\nExample: doorward create-token ada --name laptop --reset')
    .action(async (name: string, options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      const expiresIn = durationOption(options.expires)
      await withInstance(async (instance) => {
        const user = await userNamed(instance, name)
        const { text, record } = await instance.apiTokens.issue({
          owner: { kind: 'user', id: user.id },
          name: options.name,
          replace: options.reset === true,
          by: byCommandLine,
          ...(expiresIn === null ? {} : { expiresIn }),
        })
        print(`Token ${text} for user ${user.username}. This is the only time it is shown.`, {
          id: record.id,
          user: user.username,
          token: text,
        })
      })
    })
}
