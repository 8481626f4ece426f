import type { Refusal } from '../core/refusal.ts'

/** Each name once, with its value or values, as Node and what builds on it take headers that are sent more than once. */
export function groupedHeaders(headers: Refusal['headers']): [name: string, value: string | string[]][] {
  return [...Map.groupBy(headers, ([name]) => name)].map(([name, pairs]) => {
    const [value = '', ...others] = pairs.map((pair) => pair[1])
    return [name, others.length === 0 ? value : [value, ...others]]
  })
}
