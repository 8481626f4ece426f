import { baseUrlOf } from '../server/addresses.ts'
import type { Instance } from '../server/instance.ts'
import type { ClientRecord } from '../oauth/clients.ts'
import { askPassword } from './ask-password.ts'
import { addClientOptions, byOption, type ClientOptions, givenClient } from './client-options.ts'
import { createDesk } from './desk.ts'
import { organisationOption } from './organisation-named.ts'
import { byCommandLine, receiverNamed } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options extends ClientOptions {
  readonly name: string
  readonly owner?: string
  readonly organisation?: string
  readonly clientId?: string
  readonly clientSecretStdin?: boolean
}

/** Registers a client of the authorization server, and prints its secret, this once. */
export const createClient: AddCommand = (program) => {
  const command = program
    .command('create-client')
    .description('register a client of the authorization server and print its secret, this once')
    .requiredOption('--name <name>', 'what people know it by')
    .option('--owner <user>', 'the user who answers for it')
    .option('--organisation <name>', 'the organisation that it belongs to')
    .option('--client-id <id>', 'the client_id that it has from elsewhere (one that is made)')
    .option('--client-secret-stdin', 'read the secret that it has from elsewhere from standard input')
  addClientOptions(command)
    .addHelpText(
      'after',
      `
Examples: doorward create-client --name reports --grant client_credentials --scope read
          doorward create-client --name shop --grant code --grant refresh --redirect-uri https://shop.example/cb
          doorward create-client --name app --public --native --redirect-uri com.example.app:/cb --scope openid`,
    )
    .action(async (options: Options, action: typeof command) => {
      const { withInstance, print } = createDesk(action)
      const given = givenClient(options)
      const secret = options.clientSecretStdin === true ? await askPassword({ fromInput: true }) : null
      await withInstance(async (instance) => {
        const owner = options.owner === undefined ? null : (await receiverNamed(instance, options.owner)).id
        const organisation = (await organisationOption(instance, options.organisation))?.id ?? null
        const made = await byOption(
          instance.oauth.clients.create(given, {
            by: byCommandLine,
            owner,
            organisation,
            ...(options.clientId === undefined ? {} : { identifier: options.clientId }),
            ...(secret === null ? {} : { secret }),
          }),
        )
        // A secret that somebody brought need not be on the screen.
        const shown = secret === null ? made.secret : null
        const value = { client_id: made.client.id, ...(shown === null ? {} : { client_secret: shown }) }
        print(textOf(instance, made.client, shown), value)
      })
    })
}

function textOf(instance: Instance, client: ClientRecord, secret: string | null): string {
  const lines = [`client_id      ${client.id}`]
  if (secret !== null) {
    lines.push(`client_secret  ${secret}`, '', 'This is the only time that the secret is shown.')
    if (client.grantTypes.includes('client_credentials')) {
      const fields = `-d grant_type=client_credentials -d client_id=${client.id} -d client_secret=${secret}`
      lines.push('Try it:', `curl ${fields} ${baseUrlOf(instance.settings)}/o/token/`)
    }
  }
  return lines.join('\n')
}
