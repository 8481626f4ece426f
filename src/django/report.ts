/** What became, or would become, of the things of one kind. */
export interface ImportedKind {
  /** What they are: `users`. */
  readonly kind: string
  /** How many there are in Django. */
  readonly found: number
  /** How many are new here. */
  readonly made: number
  /** How many came with an import before. */
  readonly known: number
  /** Those that do not come, each with the reason. */
  readonly left: readonly LeftOut[]
  /** What is different here of those that come: `e-mail address left out: it is also that of bob`. */
  readonly changed: readonly LeftOut[]
  /** How many there are of which sort: of password hashes, say. */
  readonly sorts: Readonly<Record<string, number>>
}

export interface LeftOut {
  /** Such as `Alice (40)`: its name, and its key in Django. */
  readonly what: string
  readonly why: string
}

/** Counts while an import runs. */
export interface Tally {
  readonly found: () => void
  readonly made: () => void
  readonly known: () => void
  readonly left: (what: string, why: string) => void
  readonly changed: (what: string, why: string) => void
  readonly sort: (name: string) => void
  readonly result: () => ImportedKind
}

export function createTally(kind: string, onProgress: (kind: string, found: number) => void): Tally {
  let [found, made, known] = [0, 0, 0]
  const left: LeftOut[] = []
  const changed: LeftOut[] = []
  const sorts: Record<string, number> = {}
  return {
    found: () => onProgress(kind, (found += 1)),
    made: () => void (made += 1),
    known: () => void (known += 1),
    left: (what, why) => void left.push({ what, why }),
    changed: (what, why) => void changed.push({ what, why }),
    sort: (name) => void (sorts[name] = (sorts[name] ?? 0) + 1),
    result: () => ({ kind, found, made, known, left, changed, sorts }),
  }
}
