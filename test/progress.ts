import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

/** The tests that have begun and not ended, for whoever asks a process that is stuck. */
const running = new Map<number, string>()
Object.assign(globalThis, { runningTests: running })

/**
 * A reporter that tells what fails, and what took long, when it ends and not when all do: a process that is stuck later prints no
 * summary.
 */
// oxlint-disable-next-line no-default-export -- what Node.js takes a reporter from
export default async function* progress(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
  for await (const { type, data } of source) {
    if (type === 'test:dequeue') running.set(data.testId, data.name)
    if (type !== 'test:complete') continue
    running.delete(data.testId)
    const { passed, error, duration_ms: duration, type: kind } = data.details
    const seconds = Math.round(duration / 1000)
    if (!passed && kind !== 'suite') yield `✖ ${data.name} (${data.file ?? ''})\n${inspect(error?.cause ?? error)}\n`
    else if (data.nesting === 0 && seconds >= 10) yield `${data.name} (${seconds} s)\n`
  }
}
