import { RequestRefused } from '../core/errors.ts'
import { decodeUtf8 } from './decode-utf8.ts'
import type { FilesAs } from './exchange.ts'
import { parseForm, parseRepeatedForm } from './form.ts'
import { parseJson } from './json.ts'
import { parseMultipart } from './multipart.ts'
import { trimBlanks } from './trim-blanks.ts'

/** What a body holds by name: texts from a form, any JSON value from JSON. Every value is still to be checked. */
export type BodyFields = Readonly<Record<string, unknown>>

export interface ParseBodyOptions {
  /** What is made of files of a form (they are refused). */
  readonly takesFiles?: FilesAs | undefined
  /** Fields of a form that may come more than once, such as boxes of one name: what is given of each is the list of its texts (none). */
  readonly lists?: readonly string[] | undefined
}

/**
 * Reads a body by its media type: JSON, a form, or a form of `multipart/form-data` with texts in it. An empty body is an
 * empty object, whatever its type. Throws `RequestRefused`: `unsupported_media_type` for another type, none, or another
 * character set than UTF-8; else what the parser of the type throws. There is no guessing: a type that browsers send
 * across sites without asking (`text/plain`) must never be read as JSON.
 */
export async function parseBody(
  contentType: string | null,
  bytes: Uint8Array,
  { takesFiles, lists }: ParseBodyOptions = {},
): Promise<BodyFields> {
  if (bytes.byteLength === 0) return {}
  if (contentType === 'application/json') return parseJson(decodeUtf8(bytes))
  if (contentType === 'application/x-www-form-urlencoded') return formWith(bytes, lists)
  const { type, parameters } = mediaType(contentType)
  const charset = parameters.get('charset')
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8' && charset.toLowerCase() !== 'utf8') {
    throw new RequestRefused('unsupported_media_type', 'The character set of the request body has to be UTF-8.')
  }
  if (type === 'application/json') return parseJson(decodeUtf8(bytes))
  if (type === 'application/x-www-form-urlencoded') return formWith(bytes, lists)
  if (type === 'multipart/form-data')
    return await parseMultipart(parameters.get('boundary') ?? '', bytes, { takesFiles })
  throw new RequestRefused('unsupported_media_type')
}

function formWith(bytes: Uint8Array, lists: readonly string[] | undefined): BodyFields {
  if (lists === undefined) return parseForm(bytes)
  const { fields, repeated } = parseRepeatedForm(bytes, lists)
  return Object.assign(Object.create(null) as BodyFields, fields, repeated)
}

/** RFC 9110, section 8.3.1. A header that was sent twice has a comma, and so is none. */
function mediaType(header: string | null): { readonly type: string; readonly parameters: ReadonlyMap<string, string> } {
  if (header === null || header.length > 256) throw new RequestRefused('unsupported_media_type')
  const [type = '', ...rest] = header.split(';').map(trimBlanks)
  const parameters = new Map<string, string>()
  for (const parameter of rest) {
    const [, name, token, quoted] = /^([\w-]+)=(?:([^\s"(),/:;<=>?@[\\\]]+)|"([^"\\]*)")$/.exec(parameter) ?? []
    if (name === undefined || parameters.has(name.toLowerCase())) throw new RequestRefused('unsupported_media_type')
    parameters.set(name.toLowerCase(), token ?? quoted ?? '')
  }
  return { type: type.toLowerCase(), parameters }
}
