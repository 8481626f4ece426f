import { normalisePath } from '../http/path.ts'
import { segmentText } from './path-segment.ts'

/** Reads the names of a pattern out of a path; `null` where the path is another. */
export type PathPattern = (path: string) => Readonly<Record<string, string>> | null

/**
 * Makes the matcher of a pattern such as `/admin/users/:id/`. A segment that begins with a colon takes any one segment, which
 * is handed on decoded; a trailing slash may be left out. Paths that another server could read differently match nothing.
 */
export function pathPattern(pattern: string): PathPattern {
  const wanted = segmentsOf(pattern)
  return (path) => {
    const given = segmentsOf(path)
    if (given.length !== wanted.length) return null
    const params: Record<string, string> = {}
    for (const [index, segment] of wanted.entries()) {
      const value = given[index] ?? ''
      if (!segment.startsWith(':')) {
        if (segment !== value) return null
        continue
      }
      const decoded = decode(value)
      if (decoded === null) return null
      params[segment.slice(1)] = decoded
    }
    return params
  }
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment, index, all) => segment !== '' || (index !== 0 && index !== all.length - 1))
}

/** A name may hold a slash, as the `client_id` that is an address does; it is sent escaped, or as `pathSegment` writes it. */
function decode(segment: string): string | null {
  if (segment.startsWith('~')) return segmentText(segment)
  if (segment === '' || normalisePath(`/${segment.replaceAll(/%2f/gi, '-')}`) === null) return null
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}
