import { errorHelp } from '../../src/api/error-help.ts'
import { type ErrorCode, errorCodes } from '../../src/core/errors.ts'

/** The rows of the table in `docs/errors.md`. */
export const errorRows: RegExp = /(?:^\| `\w+` \| \d{3} \|.*\n)+/m

/** The same as the code has them. */
export function errorTable(): string {
  const rows = Object.entries(errorHelp).map(
    ([code, help]) => `| \`${code}\` | ${errorCodes[code as ErrorCode][0]} | ${help} |\n`,
  )
  return rows.join('')
}
