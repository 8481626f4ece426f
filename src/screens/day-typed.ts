/** The first and the last millisecond of a day, in UTC. */
export interface DayTyped {
  readonly start: number
  readonly end: number
}

/** The day that was typed into a field for one, such as 2026-11-30; `null` for what is none. */
export function dayTyped(text: string): DayTyped | null {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return Number.isNaN(start) ? null : { start, end: start + 86_399_999 }
}
