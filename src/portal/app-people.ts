/** What stops where an application loses what it was given. */
export function stopsOf(count: number): readonly string[] {
  return ['every token it was given', ...(count === 0 ? [] : [`what ${people(count)} allowed it`])]
}

/** How many people allow it something. */
export function allowedBy(count: number): string {
  return count === 0 ? 'nobody' : people(count)
}

function people(count: number): string {
  if (count >= 1000) return '1,000 people or more'
  return `${count} ${count === 1 ? 'person' : 'people'}`
}
