import { createDesk } from './desk.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Makes a new signing key of each algorithm. It is published before it signs, so that nobody is refused. */
export const rotateKeys: AddCommand = (program) => {
  program
    .command('rotate-keys')
    .description('make new signing keys; they are published now and sign a little later')
    .option('--now', 'let them sign at once: for keys that are no longer secret')
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
        const keys = await signingKeys.rotate({ by: byCommandLine, now: options.now === true })
        const lines = keys.map(({ kid, alg, signsFrom }) => {
          const from = new Date(signsFrom).toISOString()
          return `The ${alg} key ${kid} is published and signs from ${from} on.`
        })
        print([...lines, 'What the old ones signed stays good until it expires.'].join('\n'), { keys })
      })
    })
}
