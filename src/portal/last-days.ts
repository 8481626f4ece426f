import type { Bar } from '../pages/bar-chart.ts'
import type { UsageDay } from '../tokens/key-usage.ts'

/** The last thirty days as bars, those without a use too. */
export function lastDays(days: readonly UsageDay[], today: number): readonly Bar[] {
  const known = new Map(days.map((one) => [one.day, one]))
  return Array.from({ length: 30 }, (_, index) => {
    const day = today - 29 + index
    const { requests = 0, refused = 0 } = known.get(day) ?? {}
    return { label: new Date(day * 86_400_000).toISOString().slice(0, 10), value: requests, refused }
  })
}
