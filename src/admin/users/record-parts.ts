/** An object of JSON; `null` for everything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null
}

/** A text without blanks around it; empty for everything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}
