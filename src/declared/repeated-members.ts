/**
 * Finds members that stand in an object of valid JSON more than once, by their paths. A parser keeps the last and forgets the
 * others without a word (RFC 8259, section 4): what a file says twice is then half of what it says.
 */
export function repeatedMembers(text: string): readonly (readonly PropertyKey[])[] {
  const repeated: PropertyKey[][] = []
  const open: Open[] = []
  for (const [token] of text.matchAll(tokens)) {
    const inside = open.at(-1)
    if (token === '{') open.push({ names: new Set(), at: '', isName: true })
    else if (token === '[') open.push({ names: null, at: 0, isName: false })
    else if (token === '}' || token === ']') open.pop()
    else if (inside === undefined) continue
    else if (token === ',') next(inside)
    else if (inside.isName && inside.names !== null) {
      const name = JSON.parse(token) as string
      inside.at = name
      inside.isName = false
      if (inside.names.has(name)) repeated.push(open.map(({ at }) => at))
      inside.names.add(name)
    }
  }
  return repeated
}

/** An object or a list that has begun. */
interface Open {
  /** The members so far, or `null` for a list. */
  readonly names: Set<string> | null
  /** The member or item that is read now. */
  at: string | number
  /** Whether a name is due. */
  isName: boolean
}

/** Texts, and the signs that open, part and close. Numbers and words do not matter. */
const tokens = /"(?:[^"\\]+|\\.)*"|[{}[\],]/g

function next(inside: Open): void {
  if (typeof inside.at === 'number') inside.at += 1
  else inside.isName = true
}
