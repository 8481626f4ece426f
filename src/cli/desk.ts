import type { Command } from 'commander'
import type { Instance } from '../server/instance.ts'
import { isDevelopment } from '../server/is-development.ts'
import type { GivenSettings, Settings } from '../server/settings.ts'
import { createProgress, type Progress } from './progress.ts'

/**
 * What every command works with: the settings, the stores, and the terminal. What they are made of is loaded when a command
 * asks for it: help and misspelled words need none of the server.
 */
export interface Desk {
  /** Settings from the command line. */
  readonly given: GivenSettings
  readonly settings: () => Promise<Settings>
  /** Opens the stores for one piece of work, and closes them after it. The schema has to be up to date; in development it is made so. */
  readonly withInstance: <Result>(work: (instance: Instance) => Promise<Result>) => Promise<Result>
  /** Prints a result: a text for people, or with `--json` the value as one line. */
  readonly print: (text: string, value: unknown) => void
  /** Tells people how it goes, on standard error; not with `--quiet`. */
  readonly note: (text: string) => void
  /** Shows people how far it is; not with `--quiet`. */
  readonly progress: Progress
}

/** The options of the program itself, before the command. */
export interface ProgramOptions {
  readonly config?: string
  readonly data?: string
  readonly database?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}

export function createDesk(command: Command): Desk {
  const options = command.optsWithGlobals<ProgramOptions>()
  const given: GivenSettings = {
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.database === undefined ? {} : { databaseUrl: options.database }),
  }
  const settings = async (): Promise<Settings> => {
    const { loadSettings } = await import('../server/configuration.ts')
    return loadSettings({ file: options.config, given })
  }
  return {
    given,
    settings,
    withInstance: async (work) => {
      const [{ openInstance }, { createLog }] = await Promise.all([
        import('../server/instance.ts'),
        import('../server/log.ts'),
      ])
      const log = createLog({ level: options.verbose === true ? 'debug' : 'error', to: process.stderr })
      const inForce = await settings()
      const instance = await openInstance(inForce, { log, migrate: isDevelopment(inForce) })
      try {
        return await work(instance)
      } finally {
        await instance.close()
      }
    },
    print: (text, value) => process.stdout.write(`${options.json === true ? JSON.stringify(value) : text}\n`),
    note: (text) => {
      if (options.quiet !== true && options.json !== true) process.stderr.write(`${text}\n`)
    },
    progress: createProgress({ isQuiet: options.quiet === true || options.json === true }),
  }
}

/** For options that may be given more than once: `--scope read --scope write`. */
export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
