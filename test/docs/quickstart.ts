import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../services/server-process.ts'

export interface RunningQuickstart {
  /** Runs a script as somebody would who has started the quick start beside it. A request that is refused ends it. */
  readonly run: (script: string) => Promise<{ readonly code: number; readonly output: string }>
  readonly stop: () => Promise<void>
}

/** Starts the quick start with a folder and a port of its own. */
export async function startQuickstart(): Promise<RunningQuickstart> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-docs-'))
  const { port, child, ended } = await begin(folder)

  return {
    run: async (script) => {
      const here = script.replaceAll('127.0.0.1:8000', `127.0.0.1:${port}`).replaceAll('./.data/quickstart', folder)
      const strict = `set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; }\n${here}`
      return new Promise((resolve) => {
        execFile('bash', ['-c', strict], (error, stdout, stderr) => {
          resolve({
            code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
            output: stdout + stderr,
          })
        })
      })
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

/** Between finding a free port and listening on it somebody else may have taken it: then another one is tried. */
async function begin(folder: string, tries = 3): Promise<Begun> {
  const port = await freePort()
  const words = [
    '--conditions=doorward-source',
    'examples/quickstart/main.ts',
    '--registration',
    '--port',
    String(port),
    '--data',
    folder,
  ]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const isReady = await new Promise<boolean>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Ctrl-C')) resolve(true)
    })
    void ended.then(() => resolve(false))
  })
  if (isReady) return { port, child, ended }
  if (tries > 1) return begin(folder, tries - 1)
  throw new Error('The quick start ended by itself.')
}

interface Begun {
  readonly port: number
  readonly child: ChildProcess
  readonly ended: Promise<void>
}
