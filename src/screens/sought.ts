/** What is looked for in a list: a field of its filters as it was typed, trimmed, and empty where it is absent. */
export function sought(query: URLSearchParams, name: string): string {
  return (query.get(name) ?? '').trim()
}
