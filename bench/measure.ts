import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Asking } from './entries/ready.ts'
import type { Entry } from './tables.ts'

/** What an entry has taken. */
export interface Taken {
  /** Microseconds of CPU time of the server for one piece of work. */
  readonly cpu: number
  readonly perSecond: number
}

export interface Duration {
  /** Seconds that count. */
  readonly seconds: number
  /** Seconds before them (3). */
  readonly warming?: number
}

/** Server on core 0, load on core 1; CPU time of the server alone, from the kernel's books. */
export async function measure(
  { file, arguments: given = [], requests: each = 1 }: Entry,
  { seconds: length, warming: before = 3 }: Duration,
): Promise<Taken> {
  const child = fork(fileURLToPath(new URL(`entries/${file}`, import.meta.url)), given, {
    execArgv: ['--conditions=doorward-source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  try {
    const asking = await new Promise<Asking>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Asking))
      child.once('exit', (code) => reject(new Error(`${file} ended with ${code}.`)))
    })
    execFileSync('taskset', ['-acp', '0', String(child.pid)], { stdio: 'ignore' })
    if (asking.script === undefined) await checked(asking)
    const [warming, counting] = halves(asking.tokens ?? [])
    // Compiling what is hot goes on for a second or two, and none of it is the price of a request.
    load(asking, warming, before)
    const spent = cpuOf(child)
    const { requests, seconds } = load(asking, counting, length)
    const pieces = requests / each
    return { cpu: ((cpuOf(child) - spent) / pieces) * 1e6, perSecond: pieces / seconds }
  } finally {
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
  }
}

function halves<Value>(values: readonly Value[]): readonly [readonly Value[], readonly Value[]] {
  const middle = Math.floor(values.length / 2)
  return [values.slice(0, middle), values.slice(middle)]
}

/** An entry that refuses would look fast. */
async function checked({ port, path = '/', headers = {}, body, expect = 'ada' }: Asking): Promise<void> {
  const post = body === undefined ? {} : { method: 'POST', body }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, ...post })
  const text = await response.text()
  if (response.status !== 200 || !text.includes(expect)) throw new Error(`answered ${response.status} ${text}`)
}

function load(asking: Asking, tokens: readonly string[], seconds: number): { requests: number; seconds: number } {
  const { port, path = '/', headers = {}, body, script, authorize } = asking
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const scripted =
    body === undefined ? [] : ['-s', fileURLToPath(new URL(`wrk/${script ?? 'post'}.lua`, import.meta.url))]
  const more =
    body === undefined
      ? []
      : ['--', body, ...(script === 'refresh' ? [fileOf(tokens)] : []), ...(authorize === undefined ? [] : [authorize])]
  const url = `http://127.0.0.1:${port}${path}`
  const command = ['-c', '1', 'wrk', '-t1', '-c64', `-d${seconds}s`, ...lines, ...scripted, url, ...more]
  const output = execFileSync('taskset', command, { encoding: 'utf8' })
  if (/Non-2xx/.test(output)) throw new Error(output)
  const [, requests, unit] = /(\d+) requests in ([\d.]+)s/.exec(output) ?? []
  return { requests: Number(requests), seconds: Number(unit) }
}

function fileOf(tokens: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'doorward-bench-')), 'tokens')
  writeFileSync(file, `${tokens.join('\n')}\n`)
  return file
}

/** User and system time in seconds (proc(5), fields 14 and 15 of stat). */
function cpuOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
