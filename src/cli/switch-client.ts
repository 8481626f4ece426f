import { createDesk } from './desk.ts'
import { ofClient } from './of-client.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Switches a client off: it and its tokens are refused from the next request on. */
export const disableClient: AddCommand = (program) => {
  program
    .command('disable-client')
    .description('switch a client off; it and its tokens are refused from now on')
    .argument('<client_id>', 'which')
    .addHelpText('after', '\nExample: doorward disable-client 0IXeFClJMTA')
    .action(async (id: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async ({ oauth }) => {
        const client = await ofClient(id, oauth.clients.disable(id, { by: byCommandLine }))
        print(`${client.name} (${client.id}) is switched off.`, { client_id: client.id, active: false })
      })
    })
}

/** Switches a client on again, with its opaque tokens that have not expired. */
export const enableClient: AddCommand = (program) => {
  program
    .command('enable-client')
    .description('switch a client on again, with its opaque tokens that have not expired')
    .argument('<client_id>', 'which')
    .addHelpText('after', '\nExample: doorward enable-client 0IXeFClJMTA')
    .action(async (id: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async ({ oauth }) => {
        const client = await ofClient(id, oauth.clients.enable(id, { by: byCommandLine }))
        print(`${client.name} (${client.id}) is switched on.`, { client_id: client.id, active: true })
      })
    })
}

/** Deletes a client with everything that it was given. */
export const deleteClient: AddCommand = (program) => {
  program
    .command('delete-client')
    .description('delete a client, and with it every grant, consent and token of it')
    .argument('<client_id>', 'which')
    .addHelpText('after', '\nExample: doorward delete-client 0IXeFClJMTA')
    .action(async (id: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async ({ oauth }) => {
        await ofClient(id, oauth.clients.delete(id, { by: byCommandLine }))
        print(`The client ${id} is deleted.`, { client_id: id })
      })
    })
}
