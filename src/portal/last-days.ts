import type { Bar } from '../pages/bar-chart.ts'

/** The last thirty days as bars, those on which nothing happened too. `day`: whole days since 1970, in UTC. */
export function lastDays<Day extends { readonly day: number }>(
  days: readonly Day[],
  today: number,
  barOf: (day: Day) => Omit<Bar, 'label'>,
): readonly Bar[] {
  const known = new Map(days.map((one) => [one.day, one]))
  return Array.from({ length: 30 }, (_, index) => {
    const day = today - 29 + index
    const there = known.get(day)
    const label = new Date(day * 86_400_000).toISOString().slice(0, 10)
    return { label, ...(there === undefined ? { value: 0 } : barOf(there)) }
  })
}

/** A day of a key. */
export function requestsOf({
  requests,
  refused,
}: {
  readonly requests: number
  readonly refused: number
}): Omit<Bar, 'label'> {
  return { value: requests, refused }
}
