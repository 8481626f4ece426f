/** A moment to the minute for a line of text, in UTC: `2026-11-30 13:05 UTC`. `time` is in milliseconds since 1970. */
export function utcMinute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
