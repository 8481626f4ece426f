import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Command } from 'commander'
import { isDevelopment, loadSettings } from '../server/configuration.ts'
import { openInstance, type Instance } from '../server/instance.ts'
import { createLog } from '../server/log.ts'
import type { GivenSettings, Settings } from '../server/settings.ts'

/** Somebody asked for something that cannot be done: one line says why and what to do. */
export class CommandRefused extends Error {}

/** What every command works with: the settings, the stores, and the terminal. */
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
  /** Reads a new password: from standard input with `--password-stdin`, else from the terminal without showing it. */
  readonly password: (fromInput: boolean) => Promise<string | null>
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
  const settings = async (): Promise<Settings> => loadSettings({ file: options.config, given })
  return {
    given,
    settings,
    withInstance: async (work) => {
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
    password: async (fromInput) => (fromInput ? fromStandardInput() : fromTerminal()),
  }
}

async function fromStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

/** `null` where nobody sits at a terminal. What is typed is not shown. */
async function fromTerminal(): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write('Password: ')
  const password = await lines.question('')
  process.stderr.write('\nAgain: ')
  const again = await lines.question('')
  process.stderr.write('\n')
  lines.close()
  if (password !== again) throw new CommandRefused('The two passwords differ. Nothing was done.')
  return password
}

/** For options that may be given more than once: `--scope read --scope write`. */
export function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
