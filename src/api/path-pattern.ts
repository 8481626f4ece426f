/** A path with parameters, such as `/api/notes/{id}/`, ready to be compared. */
export interface PathPattern {
  /** The parameters of a path's words, decoded; `null` where it is another path. */
  readonly match: (words: readonly string[]) => Readonly<Record<string, string>> | null
  /** How many of its words stand as they are: of two patterns that match, the one with more of them is meant. */
  readonly fixed: number
}

export function pathPattern(path: string): PathPattern {
  const pattern = wordsOf(path)
  return {
    fixed: pattern.filter((word) => parameterIn(word) === null).length,
    match: (words) => {
      if (words.length !== pattern.length) return null
      const found: [string, string][] = []
      for (const [index, word] of words.entries()) {
        const wanted = pattern[index] as string
        const name = parameterIn(wanted)
        if (name !== null) found.push([name, word])
        else if (word !== wanted) return null
      }
      return Object.fromEntries(found)
    },
  }
}

/** The names of the parameters in a path, in order. */
export function parametersIn(path: string): readonly string[] {
  return wordsOf(path).flatMap((word) => parameterIn(word) ?? [])
}

/**
 * The words of a path as it was sent, decoded: a word may hold a slash, sent as `%2F`. `null` where it cannot be decoded, or
 * holds a control character, which nothing is named with.
 */
export function decodedWords(path: string): readonly string[] | null {
  try {
    const words = wordsOf(path).map(decodeURIComponent)
    return words.some((word) => /\p{Cc}/u.test(word)) ? null : words
  } catch {
    return null
  }
}

/** The path that a pattern makes with these values. */
export function filledPath(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}

function wordsOf(path: string): readonly string[] {
  return path.split('/').filter((word) => word !== '')
}

function parameterIn(word: string): string | null {
  return /^\{(\w+)\}$/.exec(word)?.[1] ?? null
}
