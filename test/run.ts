import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { runTestProcess } from './test-process.ts'

/**
 * Runs the tests in a few processes at once, each with many files: a process for each file would spend most of its time on
 * starting. `npm test -- src/core` runs those whose path holds one of the words, `npm test -- --fast` those that need no
 * browser, no PostgreSQL and no processes of their own.
 */
const isFast = process.argv.includes('--fast')
const words = process.argv.slice(2).filter((word) => word !== '--fast')
const patterns = ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts']
/**
 * Files that take tens of seconds, by the first of these that is in their path, and how many ordinary ones, of some three seconds, each
 * is worth.
 */
const slow: Readonly<Record<string, number>> = {
  'flows/every-route': 75,
  'flows/consoles-bad-input': 68,
  'flows/admin-screens': 45,
  'flows/million': 30,
  'flows/organisation-screens': 20,
  'test/cli.test': 48,
  'test/cli': 22,
  '.browser.test': 10,
  'src/pages': 10,
  'src/cli': 12,
  'test/flows': 10,
  'test/docs': 10,
  'examples/': 8,
  gatekeeper: 5,
  'test/foreign': 10,
  'test/services': 5,
  'test/test-process': 6,
  'test/types': 5,
  'storage/postgres': 5,
  'storage/partitions': 3,
  'storage/stored-database': 15,
}
/** Slower than most, and too telling to be left out. */
const weighty: Readonly<Record<string, number>> = { 'src/storage': 3, 'src/tokens': 3 }
const files = globSync(patterns)
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .filter((file) => !isFast || !Object.keys(slow).some((word) => file.includes(word)))
  .toSorted()
if (files.length === 0) {
  process.stderr.write(`No test file has a path that holds ${words.join(' or ')}.\n`)
  process.exit(1)
}

const weights = Object.entries({ ...slow, ...weighty })
const weightOf = (file: string): number => weights.find(([word]) => file.includes(word))?.[1] ?? 1

const groups = Array.from({ length: Math.min(files.length, Math.max(2, availableParallelism())) }, () => ({
  files: [] as string[],
  weight: 0,
}))
for (const file of files.toSorted((a, b) => weightOf(b) - weightOf(a))) {
  const lightest = groups.reduce((least, group) => (group.weight < least.weight ? group : least))
  lightest.files.push(file)
  lightest.weight += weightOf(file)
}

/** Where the programs that tests start find what others of them compiled. */
const compiled = join(import.meta.dirname, '../node_modules/.cache/compiled')
const begun = performance.now()
const results = await Promise.all(
  groups.map(async (group) =>
    runTestProcess({
      files: group.files,
      env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...(isFast ? { TEST_DATABASES: 'sqlite' } : {}) },
      onProgress: tellProgress,
      silence: 660_000,
      most: 4_200_000,
    }),
  ),
)
const totals = { tests: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 }
// Groups with failures come last, where they are seen.
for (const { output } of results.toSorted((a, b) => Number(b.hasPassed) - Number(a.hasPassed))) {
  process.stdout.write(output)
  for (const [, name, count] of output.matchAll(/^ℹ (\w+) (\d+)$/gm)) {
    if (name !== undefined && name in totals) totals[name as keyof typeof totals] += Number(count)
  }
}
process.stdout.write(
  `\nall groups\n${Object.entries(totals)
    .map(([name, count]) => `ℹ ${name} ${count}`)
    .join('\n')}\n`,
)
// In CI a test that is skipped is a test that is missing.
const isIncomplete = process.env['CI'] === 'true' && totals.skipped + totals.todo > 0
process.exitCode = results.some(({ hasPassed }) => !hasPassed) || totals.pass === 0 || isIncomplete ? 1 : 0

/** What fails and what takes long, as it happens: the whole is printed at the end, and somebody may wait for it. */
function tellProgress(text: string): void {
  const at = Math.round((performance.now() - begun) / 1000)
  process.stderr.write(`${at} s: ${text}`)
}
