import { RequestRefused } from '../core/errors.ts'

export interface ParseJsonOptions {
  /** How deep objects and arrays may be nested (32). */
  readonly depth?: number
}

/** A JSON object as it was sent: every value is still to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Reads a JSON text that has to be an object, strictly. Throws `RequestRefused`: `parse_error` for what is no JSON, nested
 * deeper than allowed (found before parsing), or holds a NUL or half a surrogate pair, which databases refuse;
 * `invalid_request` for what is no object, has a name twice in one object (RFC 8259, section 4: which one counts would be
 * anyone's guess), one called `__proto__`, or one with a quote, a backslash or a control character.
 */
export function parseJson(text: string, { depth = 32 }: ParseJsonOptions = {}): JsonObject {
  if (!text.isWellFormed()) throw badText()
  const plain = scan(text, depth)
  let value: unknown
  try {
    value = JSON.parse(plain)
  } catch (error) {
    throw error instanceof SyntaxError ? notJson() : error
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestRefused('invalid_request', 'The request body has to be a JSON object.')
  }
  return value as JsonObject
}

/**
 * Goes over the text once, and gives it back with the escapes in names undone. V8 (13.6 and 14.6 at least) can take a name
 * with an escape for another that it has met before and that ends with a backslash: so whoever sends `{"a\\":1}` would
 * change how the next one's `{"a\u00e9":1}` is read. Without escapes in names there is nothing to confuse.
 * On what is no JSON it may see anything or nothing: `JSON.parse` refuses that afterwards.
 */
function scan(text: string, depth: number): string {
  // The names of each open object; `null` for an open array.
  const open: (Set<string> | null)[] = []
  let plain = ''
  let copied = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      const end = endOfString(text, at)
      const names = open.at(-1)
      if (names && isName(text, end)) {
        const name = contentOf(text, at, end)
        addName(names, name)
        if (name.length !== end - at - 1) {
          plain += text.slice(copied, at + 1) + name
          copied = end
        }
      } else {
        checkContent(text, at, end)
      }
      at = end
    } else if (code === openBrace || code === openBracket) {
      if (open.length === depth) throw tooDeep(depth)
      open.push(code === openBrace ? new Set() : null)
    } else if (code === closeBrace || code === closeBracket) {
      open.pop()
    }
  }
  return copied === 0 ? text : plain + text.slice(copied)
}

/** The message of a `SyntaxError` quotes the text, which may hold a password: it is not passed on. */
function notJson(): RequestRefused {
  return new RequestRefused('parse_error', 'The request body is not valid JSON.')
}

function tooDeep(depth: number): RequestRefused {
  return new RequestRefused('parse_error', `The JSON is nested deeper than ${depth} levels.`)
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const colon = 0x3a

/** Where the closing quote stands, or the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at += 1
  }
  return text.length
}

/** In an object, a string is a name where a colon follows; white space may stand between (RFC 8259, section 2). */
function isName(text: string, end: number): boolean {
  let at = end + 1
  while (at < text.length && whiteSpace.includes(text[at] as string)) at += 1
  return text.charCodeAt(at) === colon
}

const whiteSpace = ' \t\n\r'

function addName(names: Set<string>, name: string): void {
  if (name === '__proto__' || notInNames.test(name))
    throw new RequestRefused('invalid_request', 'The JSON has a name that is not allowed.')
  if (names.has(name)) throw new RequestRefused('invalid_request', 'The JSON has a name more than once in one object.')
  names.add(name)
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const notInNames = /["\\\x00-\x1f]/

/** What a string stands for. `"\u0061"` and `"a"` are the same name. */
function contentOf(text: string, start: number, end: number): string {
  const written = text.slice(start + 1, end)
  if (!written.includes('\\')) return written
  try {
    const content = String(JSON.parse(text.slice(start, end + 1)))
    if (content.includes('\0') || !content.isWellFormed()) throw badText()
    return content
  } catch (error) {
    throw error instanceof SyntaxError ? notJson() : error
  }
}

/** Only an escape can bring in what the text as a whole was found free of, or JSON itself forbids. */
function checkContent(text: string, start: number, end: number): void {
  const escape = text.indexOf(String.raw`\u`, start)
  if (escape !== -1 && escape < end) contentOf(text, start, end)
}

function badText(): RequestRefused {
  return new RequestRefused('parse_error', 'The JSON holds a NUL character or half a surrogate pair.')
}
