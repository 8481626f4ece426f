import { createDesk } from './desk.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Makes a new signing key. It is published before it signs, so that nobody is refused. */
export const rotateKeys: AddCommand = (program) => {
  program
    .command('rotate-keys')
    .description('make a new signing key; it is published now and signs a little later')
    .option('--now', 'let it sign at once: for a key that is no longer secret')
    .option('--list', 'only list the keys')
    .addHelpText('after', '\nExample: doorward rotate-keys')
    .action(async (options: { readonly now?: boolean; readonly list?: boolean }, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async ({ signingKeys }) => {
        if (options.list === true) {
          const keys = await signingKeys.list()
          print(keys.map(({ kid, alg, state }) => `${state.padEnd(9)} ${alg.padEnd(6)} ${kid}`).join('\n'), { keys })
          return
        }
        const key = await signingKeys.rotate({ by: byCommandLine, now: options.now === true })
        const from = new Date(key.signsFrom).toISOString()
        print(
          `The key ${key.kid} is published and signs from ${from} on. What the old one signed stays good until it expires.`,
          key,
        )
      })
    })
}
