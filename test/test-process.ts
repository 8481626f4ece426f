import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf, commandOf } from './services/child-processes.ts'

export interface TestProcessOptions {
  readonly files: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Is given what fails and what takes long, when it does. */
  readonly onProgress: (text: string) => void
  /** Milliseconds after which a process that says nothing is held to be stuck: in a test, or since something is left open after the last. */
  readonly silence: number
  /** Milliseconds that it may take in all. */
  readonly most: number
}

export interface TestProcessResult {
  readonly hasPassed: boolean
  readonly output: string
}

/**
 * Runs test files in one process. One that is stuck is asked what it is doing and then killed: a run that never ends says nothing
 * about why.
 */
export async function runTestProcess(options: TestProcessOptions): Promise<TestProcessResult> {
  const child = spawn(process.execPath, [...flags, ...options.files], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env,
  })
  const begun = performance.now()
  let output = ''
  let lastAt = begun
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    lastAt = performance.now()
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastAt = performance.now()
    options.onProgress(text)
  })

  const stuck = (): string | null => {
    const now = performance.now()
    if (now - lastAt > options.silence) return `has said nothing for ${minutes(now - lastAt)} minutes`
    return now - begun > options.most ? `has run for ${minutes(now - begun)} minutes` : null
  }
  let complaint = ''
  const watch = setInterval(() => {
    const what = stuck()
    if (what === null) return
    clearInterval(watch)
    void end(child, lastOf(output)).then((report) => {
      complaint = `\n✖ A process with tests ${what}, and was killed. ${report}\n`
    })
  }, 1000)

  // A server that a test has in its process takes these signals for its own, and the process goes on.
  const stop = () => void child.kill('SIGKILL')
  for (const signal of signals) process.on(signal, stop)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearInterval(watch)
  for (const signal of signals) process.off(signal, stop)
  // What it started and left behind may hold on to its pipes.
  await Promise.race([closed, sleep(5000, undefined, { ref: false })])
  child.stdout.destroy()
  child.stderr.destroy()
  return { hasPassed: code === 0 && complaint === '', output: output + complaint }
}

type TestProcess = ChildProcessByStdio<null, Readable, Readable>

const signals = ['SIGINT', 'SIGTERM'] as const

const flags = [
  '--conditions=doorward-source',
  '--test',
  '--test-isolation=none',
  '--test-timeout=600000',
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  `--test-reporter=${new URL('progress.ts', import.meta.url).href}`,
  '--test-reporter-destination=stderr',
  // Where it listens once it is asked to.
  '--inspect-port=127.0.0.1:0',
]

function minutes(milliseconds: number): number {
  return Math.round(milliseconds / 60_000)
}

function lastOf(output: string): string {
  return output.trimEnd().split('\n').slice(-10).join('\n')
}

/** Kills it, with what it started, and tells what it was doing. */
async function end(child: TestProcess, said: string): Promise<string> {
  const report = await whatItDoes(child)
  const below = childrenOf(child.pid ?? 0).map((pid) => ({ pid, command: commandOf(pid) }))
  for (const pid of [child.pid ?? 0, ...below.map((one) => one.pid)]) kill(pid)
  return [
    'The last that it said:',
    said,
    report,
    'Processes that it had started:',
    ...below.map(({ pid, command }) => `${pid} ${command}`),
  ].join('\n')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** Where its JavaScript is, and what it has open. */
async function whatItDoes(child: TestProcess): Promise<string> {
  const limit = AbortSignal.timeout(10_000)
  try {
    return await evaluate(await debuggerOf(child, limit), inside, limit)
  } catch {
    return 'It does not answer its debugger.'
  }
}

/** Has it open its debugger, which answers while JavaScript runs too, and finds the address. */
async function debuggerOf(child: TestProcess, signal: AbortSignal): Promise<string> {
  child.kill('SIGUSR1')
  for await (const [text] of on(child.stderr, 'data', { signal }) as AsyncIterable<[string]>) {
    const [address] = /ws:\S+/.exec(text) ?? []
    if (address !== undefined) return address
  }
  throw new Error('It has no debugger.')
}

async function evaluate(address: string, expression: string, signal: AbortSignal): Promise<string> {
  const socket = new WebSocket(address)
  try {
    await once(socket, 'open', { signal })
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }))
    const [{ data }] = (await once(socket, 'message', { signal })) as [MessageEvent<string>]
    return (JSON.parse(data) as { result: { result: { value: string } } }).result.result.value
  } finally {
    socket.close()
  }
}

/** What is asked runs on top of whatever runs there, and so has its stack. */
const inside = `(() => {
  const { libuv } = process.report.getReport()
  const open = libuv.filter((handle) => handle.is_active && handle.is_referenced)
  return [
    'What it runs:',
    ...(globalThis.runningTests ?? new Map()).values(),
    new Error('Where it is:').stack,
    'What it has open:',
    ...open.map((handle) => JSON.stringify(handle)),
  ].join('\\n')
})()`
