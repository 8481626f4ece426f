import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { createServer } from 'node:net'
import { childrenOf, isRunning } from './child-processes.ts'

export interface ServerProcess {
  readonly pid: number
  /** Sends it a signal that it dies of, and resolves when it is gone. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>
  /** Ends it as a machine that loses power would, with the processes that it started, and resolves when all are gone. */
  readonly crash: () => Promise<void>
}

export interface ServerCommand {
  readonly command: string
  readonly arguments: readonly string[]
  readonly log: string
  /** Whom to run it as (this user). */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

/**
 * Starts a server that ends with this process, however this process ends: a shell beside it reads from a pipe that the
 * system closes then.
 */
export async function startProcess({ command, log, user, ...rest }: ServerCommand): Promise<ServerProcess> {
  const output = openSync(log, 'a')
  const shell = spawn('/bin/sh', ['-c', untilPipeCloses, 'sh', command, ...rest.arguments], {
    stdio: ['pipe', 'pipe', output],
    cwd: '/',
    ...user,
  })
  const { stdin, stdout } = shell
  if (stdin === null || stdout === null) throw new Error('The shell has no pipes.')
  const [line] = (await once(stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  const gone = once(shell, 'exit').then(() => undefined)
  shell.unref()
  for (const stream of [stdin, stdout]) if ('unref' in stream) (stream as { unref: () => void }).unref()
  const end = async (signal: NodeJS.Signals) => {
    shell.ref()
    send(signal, pid)
    await gone
  }
  return {
    pid,
    end,
    crash: async () => {
      // Stopped first, it starts no other while they are counted. They could go on serving for a moment without it.
      send('SIGSTOP', pid)
      const children = childrenOf(pid)
      for (const child of children) send('SIGKILL', child)
      await end('SIGKILL')
      await eventually(async () => {
        const left = children.find((child) => isRunning(child))
        if (left !== undefined) throw new Error(`Process ${left}, which ${command} started, is still there.`)
      })
    },
  }
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}

const untilPipeCloses = `exec 3<&0
"$@" >&2 3<&- &
server=$!
echo $server
( cat <&3 >/dev/null; kill -TERM $server 2>/dev/null; sleep 2; kill -KILL $server ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait $server
kill $watcher 2>/dev/null`

/**
 * A port of 127.0.0.1 that nobody listens on. It is none of those that systems give to whoever asks for any (IANA's range begins at
 * 49152, that of Linux at 32768), or one of the tests beside this one would soon have it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}

/** Tries until it works, and throws what it threw last after `patience` milliseconds. */
export async function eventually<Result>(attempt: () => Promise<Result>, patience = 30_000): Promise<Result> {
  const deadline = performance.now() + patience
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
