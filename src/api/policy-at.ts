import type { Described } from './operation.ts'
import { decodedWords, pathPattern } from './path-pattern.ts'

/** What is asked at a path; `null` where nobody has told. */
export function policyAt(all: readonly Described[], method: string, path: string): Described['permission'] {
  const words = decodedWords(path)
  if (words === null) return null
  const here = all.filter((one) => one.method === method && pathPattern(one.path).match(words) !== null)
  const closest = here.toSorted((a, b) => pathPattern(b.path).fixed - pathPattern(a.path).fixed)[0]
  return closest?.permission ?? null
}
