/**
 * The moment that was typed into a field for one, such as 2026-11-30 or 2026-11-30T16:05, in UTC; milliseconds since 1970, and
 * `null` for what is none. A day is its first moment.
 */
export function momentTyped(text: string): number | null {
  const [, day, time = '00:00'] = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?))?Z?$/.exec(text) ?? []
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`)
  return Number.isNaN(at) ? null : at
}
