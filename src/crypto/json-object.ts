import { isUtf8 } from 'node:buffer'

/** How deep objects and arrays may stand in each other: an `authorization_details` (RFC 9396) needs four or five. */
const deepest = 16

/**
 * Reads a JSON object as it arrives in a token: `null` for what is no UTF-8, no JSON, no object, nested more than 16 deep
 * (seen before it is parsed), has a member called `__proto__`, or a name that is written with an escape. Of members with the same name the last counts, as
 * RFC 7519, section 4, allows; with `unique`, they are refused (RFC 7515, section 4).
 */
export function parseJsonObject(bytes: Buffer, unique = false): Record<string, unknown> | null {
  if (!isUtf8(bytes)) return null
  const text = bytes.toString()
  if (text.includes('\\') && hasEscapedName(text)) return null
  const shape = unique || opens(text) > deepest ? shapeOf(text) : null
  if (shape !== null && shape.depth > deepest) return null
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  if (Object.hasOwn(value, '__proto__')) return null
  if (unique && shape?.names !== Object.keys(value).length) return null
  return value as Record<string, unknown>
}

/** Makes parsed JSON unchangeable, all the way down, and gives it back. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const name of Object.keys(value)) deepFreeze(value[name as keyof Value])
    Object.freeze(value)
  }
  return value
}

/**
 * V8 (13.6 and 14.6 at least) can take a name with an escape for another that it has met before and that ends with a
 * backslash, so that one caller could change how another's token is read. No issuer escapes names: they are refused.
 */
function hasEscapedName(text: string): boolean {
  for (const { 0: string, index } of text.matchAll(/"(?:[^"\\]|\\.)*"/gs)) {
    if (string.includes('\\') && /^\s*:/.test(text.slice(index + string.length))) return true
  }
  return false
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** How often something opens, in strings too: at most this deep can it be. Cheaper than `shapeOf`. */
function opens(text: string): number {
  let count = 0
  for (let at = text.indexOf('{'); at !== -1; at = text.indexOf('{', at + 1)) count += 1
  for (let at = text.indexOf('['); at !== -1; at = text.indexOf('[', at + 1)) count += 1
  return count
}

/** The depth of a text, and how many names its outermost object has, counting equal ones. */
function shapeOf(text: string): { readonly depth: number; readonly names: number } {
  let depth = 0
  let now = 0
  let names = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '{' || character === '[') {
      now += 1
      depth = Math.max(depth, now)
    } else if (character === '}' || character === ']') {
      now -= 1
    } else if (character === '"') {
      at = endOfString(text, at)
    } else if (character === ':' && now === 1) {
      names += 1
    }
  }
  return { depth, names }
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
