/** A day as it goes over the wire: `2026-06-01`. `day`: whole days since 1970, in UTC. */
export function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}
