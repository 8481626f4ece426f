import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The real program in a folder of its own, on SQLite. */
export interface Doorward {
  readonly folder: string
  /** Runs one command to its end. */
  readonly run: (words: readonly string[], options?: RunOptions) => Promise<Ended>
  /** Starts a command, to be ended by a signal. */
  readonly start: (words: readonly string[], environment?: Environment) => ChildProcess
  readonly remove: () => void
}

export interface RunOptions {
  /** What it reads from standard input (nothing). */
  readonly input?: string | Uint8Array
  /** Variables beside its data folder (none). */
  readonly environment?: Environment
  /** Where it runs (its folder). */
  readonly cwd?: string
  /** Words for Node, before the program (none). */
  readonly node?: readonly string[]
}

export interface Ended {
  /** The exit code, or -1 where a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

type Environment = Readonly<Record<string, string>>

export function createDoorward(): Doorward {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-cli-'))
  const environmentOf = (more: Environment): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(folder, 'compiled'),
    DOORWARD_DATA: join(folder, 'data'),
    ...more,
  })
  return {
    folder,
    run: async (words, { input = '', environment = {}, cwd = folder, node = [] } = {}) =>
      new Promise((resolve) => {
        const child = execFile(
          process.execPath,
          [...node, ...program, ...words],
          { cwd, env: environmentOf(environment) },
          (error, stdout, stderr) => {
            const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
            resolve({ code, stdout, stderr })
          },
        )
        // Whoever does not read its input to the end closes it.
        child.stdin?.on('error', () => undefined).end(input)
      }),
    start: (words, environment = {}) =>
      spawn(process.execPath, [...program, ...words], { cwd: folder, env: environmentOf(environment) }),
    remove: () => rmSync(folder, { recursive: true, maxRetries: 5 }),
  }
}

const program = ['--conditions=doorward-source', fileURLToPath(new URL('main.ts', import.meta.url))]
