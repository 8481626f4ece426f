/**
 * Rows as CSV (RFC 4180). What a spreadsheet would run as a formula is led by an apostrophe: what is in the log was partly
 * written by strangers.
 */
export function csvOf<Name extends string>(
  columns: readonly Name[],
  rows: readonly Readonly<Record<Name, string | number | null>>[],
): string {
  return csvLine(columns) + rows.map((row) => csvLine(columns.map((name) => row[name]))).join('')
}

/** One of the lines. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

function cell(value: string | number | null): string {
  if (value === null) return ''
  const text = typeof value === 'string' ? value.replaceAll(formula, "'") : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Where a cell would begin with a formula: at the start, and behind a semicolon, tab or line break, at which spreadsheets part cells too, as
 * their country or a paste has it. Then a quote in the middle of a cell holds nothing together.
 */
const formula = /^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=[^\S;\t\r\n]*[=+\-@＝＋－＠])/gu
