/**
 * Which rows of a list may be seen, as data: `true` all, `false` none, a field that must equal a value, or a combination.
 * `matches` applies it to an object; a query builder turns it into a `where`.
 */
export type Filter =
  | boolean
  | { readonly field: string; readonly equals: string | number | bigint | boolean | null }
  | { readonly allOf: readonly Filter[] }
  | { readonly anyOf: readonly Filter[] }
  | { readonly not: Filter }

/** Tells whether a row passes a filter. A field that the row lacks equals nothing. */
export function matches(filter: Filter, row: object): boolean {
  if (typeof filter === 'boolean') return filter
  if ('field' in filter) return Object.hasOwn(row, filter.field) && row[filter.field as keyof object] === filter.equals
  if ('allOf' in filter) return filter.allOf.every((part) => matches(part, row))
  if ('anyOf' in filter) return filter.anyOf.some((part) => matches(part, row))
  return !matches(filter.not, row)
}
