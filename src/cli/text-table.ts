/** Rows under heads, with columns of one width, for a terminal. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)))
  return [heads, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A moment to the minute, in UTC, or a word where there is none. */
export function momentOr(time: number | null, otherwise: string): string {
  return time === null ? otherwise : new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}
