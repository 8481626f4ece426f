import { addClientOptions, byOption, type ClientOptions, givenClient } from './client-options.ts'
import { CommandMisused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import { ofClient } from './of-client.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Changes what is registered of a client. What no option names stays. */
export const updateClient: AddCommand = (program) => {
  const command = program
    .command('update-client')
    .description('change what is registered of a client; what is not named stays')
    .argument('<client_id>', 'which')
    .option('--name <name>', 'what people know it by')
  addClientOptions(command)
    .addHelpText('after', '\nExample: doorward update-client 0IXeFClJMTA --redirect-uri https://shop.example/cb')
    .action(async (id: string, options: ClientOptions, action: typeof command) => {
      const { withInstance, print } = createDesk(action)
      const given = givenClient(options)
      if (Object.keys(given).length === 0) throw new CommandMisused('Say what to change: --name, --redirect-uri …')
      await withInstance(async ({ oauth }) => {
        const { client, secret } = await ofClient(id, byOption(oauth.clients.update(id, given, { by: byCommandLine })))
        const shown = secret === null ? '' : ` It has a secret now, shown this once: ${secret}`
        print(`${client.name} (${client.id}) is changed.${shown}`, {
          client_id: client.id,
          ...(secret === null ? {} : { client_secret: secret }),
        })
      })
    })
}
