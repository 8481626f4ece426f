import type { DjangoRow } from './source.ts'

/** A key or a reference, as text: databases give numbers, big ones as text, UUIDs as text. `null` for none. */
export function keyIn(row: DjangoRow, column: string): string | null {
  const value = row[column]
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : null
}

/** A text; an empty one for none. */
export function textIn(row: DjangoRow, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : ''
}

/** SQLite has 0 and 1, PostgreSQL and JSON have booleans. */
export function flagIn(row: DjangoRow, column: string): boolean {
  const value = row[column]
  return value === true || value === 1 || value === 1n
}

/** Milliseconds since 1970. Where no zone is written it is UTC, in which Django keeps times in SQLite. `null` for none. */
export function timeIn(row: DjangoRow, column: string): number | null {
  const value = row[column]
  if (value instanceof Date) return value.getTime()
  if (typeof value !== 'string') return null
  const iso = value.replace(' ', 'T')
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`)
  return Number.isNaN(time) ? null : time
}
