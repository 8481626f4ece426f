/**
 * Reads comma-separated values (RFC 4180): rows of cells. Quoted cells hold commas, line breaks and doubled quotes. `null` for a
 * quote that is never closed.
 */
export function readCsv(text: string): readonly (readonly string[])[] | null {
  const rows: string[][] = []
  let [row, cell, isQuoted] = [[] as string[], '', false]
  const plain = text.replace(/^\u{feff}/u, '')
  for (let at = 0; at < plain.length; at += 1) {
    const sign = plain[at] ?? ''
    if (isQuoted) {
      if (sign !== '"') cell += sign
      else if (plain[at + 1] === '"') {
        cell += '"'
        at += 1
      } else isQuoted = false
    } else if (sign === '"' && cell === '') isQuoted = true
    else if (sign === ',') {
      row.push(cell)
      cell = ''
    } else if (sign === '\n' || sign === '\r') {
      if (sign === '\r' && plain[at + 1] === '\n') at += 1
      rows.push([...row, cell])
      row = []
      cell = ''
    } else cell += sign
  }
  if (isQuoted) return null
  if (cell !== '' || row.length > 0) rows.push([...row, cell])
  return rows.filter((cells) => cells.some((one) => one.trim() !== ''))
}
