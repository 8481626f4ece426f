import { RequestRefused } from '../core/errors.ts'
import { parseId } from './id.ts'

/** The id of what a request names. Throws `RequestRefused` (`not_found`) for a text that is no id: of that there is nothing. */
export function wantedId(text: string): bigint {
  const id = parseId(text)
  if (id === null) throw new RequestRefused('not_found')
  return id
}
