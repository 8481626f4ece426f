import { hostname } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { verifiedTokenUses } from '../crypto/verified-tokens.ts'
import { clockAhead } from '../storage/clock-ahead.ts'
import { createNodeReports } from '../storage/node-reports.ts'
import type { Instance } from './instance.ts'
import { version } from './version.ts'

/** Milliseconds between two reports. */
const reportsEvery = 10_000

/** Says every few seconds how this server is, for the page of health of any of them. It never keeps the process running. */
export function reportingNode(instance: Pick<Instance, 'database' | 'clock' | 'revocations' | 'hasher' | 'log'>): {
  readonly close: () => Promise<void>
} {
  const { database, clock, revocations, hasher, log } = instance
  const reports = createNodeReports({ database, clock })
  const delays = monitorEventLoopDelay({ resolution: 20 })
  delays.enable()
  let reporting: Promise<void> = Promise.resolve()

  async function report(): Promise<void> {
    // It measures how long its own turns took, of 20 ms each.
    const turnDelay = Math.max(0, Math.round(delays.percentile(99) / 1_000_000) - 20)
    delays.reset()
    const { looked, learned } = revocations.times()
    await reports.write({
      host: hostname(),
      process: process.pid,
      version,
      runtime: process.version,
      startedAt: Math.floor(clock() - process.uptime() * 1000),
      memory: process.memoryUsage.rss(),
      clockAhead: await clockAhead(database, clock),
      turnDelay,
      tokensRemembered: verifiedTokenUses.remembered,
      tokensVerified: verifiedTokenUses.anew,
      lookedAt: looked,
      revokedAt: learned,
      passwordsRunning: hasher.running(),
      passwordsWaiting: hasher.waiting(),
    })
  }
  const next = (): void => {
    reporting = report().catch((error: unknown) => log.debug({ err: error }, 'the state of this node was not written'))
  }

  next()
  const timer = setInterval(next, reportsEvery)
  timer.unref()
  return {
    close: async () => {
      clearInterval(timer)
      delays.disable()
      await reporting
      await reports.remove().catch(() => undefined)
    },
  }
}
