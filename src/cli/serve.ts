import type { RunningServer } from '../server/serve.ts'
import { createDesk } from './desk.ts'
import { giveBackMemory } from './give-back-memory.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly host?: string
  readonly port?: string
  readonly migrate: boolean
}

/** Runs the server until it is told to stop. */
export const serveCommand: AddCommand = (program) => {
  program
    .command('serve')
    .description('run the server')
    .option('--host <address>', 'the address to listen on')
    .option('--port <port>', 'the port to listen on')
    .option('--no-migrate', 'refuse to start with an old schema rather than bring it up to date')
    .addHelpText('after', '\nExample: doorward serve --port 8080')
    .action(async (options: Options, command) => {
      const [{ serve }, { readSettings }] = await Promise.all([
        import('../server/serve.ts'),
        import('../server/settings.ts'),
      ])
      const { host, port } = options
      const settings = readSettings({
        ...(await createDesk(command).settings()),
        ...(host === undefined ? {} : { host }),
        ...(port === undefined ? {} : { port }),
      })
      const server = await serve(settings, { migrate: options.migrate })
      const stopped = stopSignal()
      await showSetupLink(server)
      await giveBackMemory()
      await stopped
      await server.stop()
    })
}

/** While nobody is a superuser, whoever started the server is shown a link that makes one. It is for them, and not for the log. */
async function showSetupLink({ instance, url }: RunningServer): Promise<void> {
  const { createSetupLinks } = await import('../accounts/setup-links.ts')
  const key = await createSetupLinks(instance).make()
  if (key === null) return
  const address = `${instance.settings.publicUrl ?? url}/admin/setup/?${new URLSearchParams({ key })}`
  process.stderr.write(`There is no administrator yet. Make one within 30 minutes, by this link:\n  ${address}\n`)
}

/** Resolves at SIGTERM or SIGINT. From then on, either of them ends the process at once. */
async function stopSignal(): Promise<void> {
  const signals = ['SIGTERM', 'SIGINT'] as const
  await new Promise<void>((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve())
  })
  for (const signal of signals) process.removeAllListeners(signal).on(signal, () => process.exit(1))
}
