import { spawn } from 'node:child_process'
import { freePort } from '../../test/services/server-process.ts'

/** The quick start as a process of its own, the way `npm start` runs it. */
export interface RunningQuickstart {
  /** All that it has printed. */
  readonly printed: () => string
  /** Sends SIGTERM, and gives the code that it ended with. */
  readonly stop: () => Promise<number | null>
}

/** Starts it in a data folder, and waits until it has said how to get in. */
export async function startQuickstart(
  folder: string,
  { port, more = [] }: { readonly port?: number; readonly more?: readonly string[] } = {},
): Promise<RunningQuickstart> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=doorward-source',
      'examples/quickstart/main.ts',
      '--port',
      String(port ?? (await freePort())),
      ...more,
      '--data',
      folder,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.includes('Ctrl-C')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`The quick start ended with ${code}.`)))
  })
  return {
    printed: () => printed,
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      return ended
    },
  }
}
