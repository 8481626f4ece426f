import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measure, type Taken } from './measure.ts'
import { base, type Entry, type Table, tables } from './tables.ts'

// What authenticating a request and issuing a token cost, beside the peers, as multiples of a bare node:http in the same run.
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
})

interface Sample extends Taken {
  /** As a multiple of `node:http` alone, measured right before: other programs come and go in the course of a round. */
  readonly ratio: number
}

const samples = new Map<string, Sample[]>()
const isChosen = (table: Table, { name, file }: Entry): boolean =>
  file !== 'hello.ts' && `${table.name} ${name}`.includes(values.only)
const chosen = tables
  .map((table) => ({
    ...table,
    entries: table.entries.filter(
      (entry) =>
        table.entries.some((one) => isChosen(table, one)) && (entry.file === 'hello.ts' || isChosen(table, entry)),
    ),
  }))
  .filter(({ entries }) => entries.length > 0)

for (let round = 1; round <= Number(values.rounds); round++) {
  for (const table of chosen) for (const entry of table.entries) await take(round, table, entry)
}
for (const table of chosen) report(table)

async function take(round: number, table: Table, entry: Entry): Promise<void> {
  const alone = await measure(base, { seconds: 1, warming: 1 })
  const taken = await measure(entry, { seconds: Number(values.seconds) })
  const sample = { ...taken, ratio: taken.cpu / alone.cpu }
  const key = keyOf(table, entry)
  samples.set(key, [...(samples.get(key) ?? []), sample])
  process.stderr.write(
    `round ${round}  ${entry.name.padEnd(42)} ${sample.cpu.toFixed(1)} µs ${sample.ratio.toFixed(2)}\n`,
  )
}

function report(table: Table): void {
  const rows = table.entries.map((entry) => {
    const taken = samples.get(keyOf(table, entry)) ?? []
    const cpu = median(taken.map((sample) => sample.cpu))
    const ratio = median(taken.map((sample) => sample.ratio))
    const perSecond = Math.round(median(taken.map((sample) => sample.perSecond)))
    return { name: entry.name, cpu: round(cpu), ratio: round(ratio), perSecond, target: entry.target ?? null }
  })
  const lines = rows.map(({ name, cpu, ratio, perSecond, target }) => {
    const verdict = target === null ? '' : ratio <= target ? `≤ ${target}` : `misses ${target}`
    return `| ${name} | ${cpu} | ${ratio} | ${perSecond} | ${verdict} |`
  })
  const head = ['| entry | CPU µs each | ÷ node:http | a second | target |', '|---|---|---|---|---|']
  mkdirSync('.bench', { recursive: true })
  const written = { node: process.version, rounds: Number(values.rounds), rows }
  writeFileSync(`.bench/${table.name}.json`, `${JSON.stringify(written, null, 2)}\n`)
  process.stdout.write(`\n${table.title}\n\n${[...head, ...lines].join('\n')}\n`)
}

function keyOf(table: Table, entry: Entry): string {
  return `${table.name} ${entry.name}`
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
