import { CommandMisused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import { ofClient } from './of-client.ts'
import { byCommandLine, durationOption } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly overlap: string
  readonly finish?: boolean
  readonly cancel?: boolean
}

/** Gives a client another secret beside the one that it has, and ends one of the two. */
export const rotateClientSecret: AddCommand = (program) => {
  program
    .command('rotate-client-secret')
    .description('give a client another secret, which works beside the old one for a while')
    .argument('<client_id>', 'which')
    .option('--overlap <duration>', 'how long the old one still works, 0 for not at all', '7d')
    .option('--finish', 'end the old secret now')
    .option('--cancel', 'end the new secret; the old one goes on')
    .addHelpText(
      'after',
      '\nExamples: doorward rotate-client-secret 0IXeFClJMTA --overlap 24h\n          doorward rotate-client-secret 0IXeFClJMTA --finish',
    )
    .action(async (id: string, { overlap, finish, cancel }: Options, command) => {
      const { withInstance, print } = createDesk(command)
      if (finish === true && cancel === true) throw new CommandMisused('Name one: --finish or --cancel.')
      const seconds = durationOption(overlap)
      await withInstance(async ({ oauth: { clients } }) => {
        const action = { by: byCommandLine }
        if (finish === true || cancel === true) {
          const ended = finish === true ? 'old' : 'new'
          await ofClient(
            id,
            finish === true ? clients.finishSecretRotation(id, action) : clients.cancelSecretRotation(id, action),
          )
          print(`The ${ended} secret has ended.`, { client_id: id, ended })
          return
        }
        const { client, secret } = await ofClient(id, clients.startSecretRotation(id, { ...action, overlap: seconds }))
        const until = new Date(client.rotation?.endsAt ?? 0).toISOString()
        const text = `${secret}\n\nThis is the only time that it is shown. The old one works until ${until}, or: --finish`
        print(text, { client_id: id, client_secret: secret, old_secret_ends_at: until })
      })
    })
}
