import { baseUrlOf } from '../server/addresses.ts'
import { createDesk, repeated } from './desk.ts'
import { byCommandLine, checkOwner, durationOption, ownerNamed, type OwnerOptions } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options extends OwnerOptions {
  readonly name: string
  readonly scope?: readonly string[]
  readonly expires?: string
  readonly allow?: readonly string[]
  readonly rate?: string
  readonly test?: boolean
}

/** Makes an API key and prints it, this once. */
export const createKey: AddCommand = (program) => {
  program
    .command('create-key')
    .description('make an API key and print it, this once')
    .requiredOption('--name <name>', 'what its owner knows it by')
    .option('--user <name>', 'the user that it is for')
    .option('--service-account <name>', 'the service account that it is for')
    .option('--scope <scope>', 'what it may do (nothing that needs a scope); may be repeated', repeated)
    .option('--expires <duration>', 'how long it lives, such as 90d (for ever)')
    .option('--allow <range>', 'an address range that it works from (any); may be repeated', repeated)
    .option('--rate <rate>', 'its own rate, such as 100/min')
    .option('--test', 'a key for trying things out')
    .addHelpText('after', '\nExample: doorward create-key --user ada --name ci --scope read --expires 90d')
    .action(async (options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      checkOwner(options)
      const seconds = durationOption(options.expires)
      await withInstance(async (instance) => {
        const { key, record } = await instance.apiKeys.create({
          owner: await ownerNamed(instance, options),
          name: options.name,
          scopes: options.scope ?? [],
          mode: options.test === true ? 'test' : 'live',
          by: byCommandLine,
          ...(seconds === null ? {} : { expiresAt: instance.clock() + seconds * 1000 }),
          ...(options.allow === undefined ? {} : { allowedAddresses: options.allow }),
          ...(options.rate === undefined ? {} : { rate: options.rate }),
        })
        const url = `${baseUrlOf(instance.settings)}/api/whoami/`
        const text = `${key}\n\nThis is the only time it is shown. Its id is ${record.id}. Try it:\ncurl -H 'X-Api-Key: ${key}' ${url}`
        print(text, { id: record.id, key })
      })
    })
}
