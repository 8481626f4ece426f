import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// What authenticating a request costs, beside the peers, as multiples of a bare node:http in the same run.
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
})

interface Entry {
  readonly name: string
  readonly file: string
  readonly arguments?: readonly string[]
  /** The multiple to stay below. */
  readonly target?: number
}

const ours = (adapter: string, way: string, target: number): Entry => ({
  name: `doorward ${way}, ${adapter}`,
  file: 'doorward.ts',
  arguments: [adapter, way],
  target,
})

const entries: readonly Entry[] = [
  { name: 'node:http alone', file: 'hello.ts' },
  { name: 'fastify alone', file: 'hello.ts', arguments: ['fastify'] },
  { name: 'hono alone', file: 'hello.ts', arguments: ['hono'] },
  ...[
    ['jwt-cached', 1.25, 1.35, 1.45],
    ['jwt-hs256', 1.6, 1.7, 1.9],
    ['token', 2.0, 2.2, 2.4],
  ].flatMap(([way, ...targets]) => ['node', 'fastify', 'hono'].map((adapter, index) => ours(adapter, String(way), Number(targets[index])))),
  ours('node', 'jwt-rs256', 3.5),
  ours('node', 'api-key', 2.0),
  ours('node', 'session', 2.0),
  ours('node', 'chain-of-five', 2.3),
  { name: '@fastify/jwt, cached', file: 'fastify-jwt.ts', arguments: ['cached'] },
  { name: '@fastify/jwt', file: 'fastify-jwt.ts', arguments: ['each-time'] },
  { name: 'hono/jwt', file: 'hono-jwt.ts' },
  { name: 'express-oauth2-jwt-bearer', file: 'express-bearer.ts' },
  { name: 'passport-jwt', file: 'passport-jwt.ts' },
  { name: 'better-auth session', file: 'better-auth.ts' },
]

interface Sample {
  readonly cpu: number
  /** As a multiple of `node:http` alone, measured right before: other programs come and go in the course of a round. */
  readonly ratio: number
  readonly perSecond: number
}

const [base] = entries as [Entry]
const chosen = entries.filter(({ name, file }) => file === 'hello.ts' || name.includes(values.only))
const samples = new Map<string, Sample[]>(chosen.map(({ name }) => [name, []]))

for (let round = 1; round <= Number(values.rounds); round++) {
  for (const entry of chosen) {
    const alone = await measure(base, 1)
    const taken = await measure(entry, Number(values.seconds))
    const sample = { ...taken, ratio: taken.cpu / alone.cpu }
    samples.get(entry.name)?.push(sample)
    process.stderr.write(`round ${round}  ${entry.name.padEnd(36)} ${sample.cpu.toFixed(1)} µs ${sample.ratio.toFixed(2)}\n`)
  }
}
report()

/** Server on core 0, load on core 1; CPU time of the server alone, from the kernel's books. */
async function measure({ file, arguments: given = [] }: Entry, length: number): Promise<Omit<Sample, 'ratio'>> {
  const child = fork(fileURLToPath(new URL(`entries/${file}`, import.meta.url)), given, {
    execArgv: ['--conditions=source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  try {
    const { port, headers } = await new Promise<{ port: number; headers: Record<string, string> }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as never))
      child.once('exit', (code) => reject(new Error(`${file} ended with ${code}.`)))
    })
    execFileSync('taskset', ['-acp', '0', String(child.pid)], { stdio: 'ignore' })
    await checked(port, headers)
    load(port, headers, 1)
    const before = cpuOf(child)
    const { requests, seconds } = load(port, headers, length)
    return { cpu: ((cpuOf(child) - before) / requests) * 1e6, perSecond: requests / seconds }
  } finally {
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
  }
}

/** An entry that refuses would look fast. */
async function checked(port: number, headers: Record<string, string>): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers })
  const body = await response.text()
  if (response.status !== 200 || !body.includes('ada')) throw new Error(`answered ${response.status} ${body}`)
}

function load(port: number, headers: Record<string, string>, seconds: number): { requests: number; seconds: number } {
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const command = ['-c', '1', 'wrk', '-t1', '-c64', `-d${seconds}s`, ...lines, `http://127.0.0.1:${port}/`]
  const output = execFileSync('taskset', command, { encoding: 'utf8' })
  if (/Non-2xx/.test(output)) throw new Error(output)
  const [, requests, unit] = /(\d+) requests in ([\d.]+)s/.exec(output) ?? []
  return { requests: Number(requests), seconds: Number(unit) }
}

/** User and system time in seconds (proc(5), fields 14 and 15 of stat). */
function cpuOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function report(): void {
  const rows = chosen.map(({ name, target }) => {
    const taken = samples.get(name) ?? []
    const cpu = median(taken.map((sample) => sample.cpu))
    const ratio = median(taken.map((sample) => sample.ratio))
    const perSecond = Math.round(median(taken.map((sample) => sample.perSecond)))
    return { name, cpu: round(cpu), ratio: round(ratio), perSecond, target: target ?? null }
  })
  const lines = rows.map(({ name, cpu, ratio, perSecond, target }) => {
    const verdict = target === null ? '' : ratio <= target ? `≤ ${target}` : `misses ${target}`
    return `| ${name} | ${cpu} | ${ratio} | ${perSecond} | ${verdict} |`
  })
  const table = ['| entry | CPU µs a request | ÷ node:http | requests/s | target |', '|---|---|---|---|---|', ...lines].join('\n')
  mkdirSync('.bench', { recursive: true })
  writeFileSync('.bench/authenticate.json', `${JSON.stringify({ node: process.version, rounds: Number(values.rounds), rows }, null, 2)}\n`)
  process.stdout.write(`${table}\n`)
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
