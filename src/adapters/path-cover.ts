/**
 * Whether a pattern of middleware takes in every request that a route's pattern does, as Express and Hono write them. What
 * it cannot tell by looking, such as regular expressions, it denies: a route that is listed without its policy gets looked
 * at, one listed with a policy that it does not have would not.
 */
export function coversPath(pattern: string, path: string): boolean {
  const wide = segmentsOf(pattern)
  const narrow = segmentsOf(path)
  for (const [index, segment] of wide.entries()) {
    if (/^\*\w*$/.test(segment) && index === wide.length - 1) return true
    const other = narrow[index]
    if (other === undefined) return false
    if (segment !== other && !(/^:\w+$/.test(segment) && isOneSegment(other))) return false
  }
  return wide.length === narrow.length
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

function isOneSegment(segment: string): boolean {
  return !/[*{}()?+]/.test(segment)
}
