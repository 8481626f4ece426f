import { decodeBase64url } from './base64url.ts'
import { deepFreeze, parseJsonObject } from './json-object.ts'
import type { JwsKey } from './jws-key.ts'
import { operationsOf } from './jws-key.ts'

export type { JwsAlgorithm, JwsKey } from './jws-key.ts'

/** A protected header. Only `alg`, `kid` and `typ` say anything here: keys that a token brings along are never trusted. */
export interface JwsHeader {
  readonly alg: string
  readonly kid?: string
  readonly typ?: string
  readonly [name: string]: unknown
}

/** A compact JWS taken apart. Nothing about it has been checked but its form. */
export interface ParsedJws {
  readonly header: JwsHeader
  readonly payload: Buffer
  readonly signature: Buffer
  /** What the signature is over: the first two parts as they arrived. */
  readonly input: string
}

export interface ParseJwsOptions {
  /** The longest token that is looked at, in characters (8192). */
  readonly maxLength?: number
}

/**
 * Signs a payload as compact JWS (RFC 7515, section 7.1). `alg` and `kid` come from the key, everything else in the header
 * from `header`. An object is written as JSON. Throws `TypeError` when the key cannot sign, or the header may not say that.
 */
export function signJws(key: JwsKey, header: Readonly<Record<string, unknown>>, payload: object | Uint8Array): string {
  for (const name of reserved) {
    if (Object.hasOwn(header, name)) throw new TypeError(`The header may not set ${name}: the key does, or nobody.`)
  }
  const { alg, kid } = key
  const head = encode(JSON.stringify(kid === undefined ? { alg, ...header } : { alg, kid, ...header }))
  const body =
    payload instanceof Uint8Array ? Buffer.from(payload).toString('base64url') : encode(JSON.stringify(payload))
  const input = `${head}.${body}`
  return `${input}.${operationsOf(key).sign(input).toString('base64url')}`
}

/**
 * Takes a compact JWS apart (RFC 7515, section 5.2, steps 1 to 7): `null` unless it has three parts in strict base64url,
 * none of them empty, and its header is a JSON object with unique names and a text as `alg`. Extensions (`crit`, section
 * 4.1.11, and with it `b64`, RFC 7797) are not understood, hence refused.
 */
export function parseJws(token: string, { maxLength = 8192 }: ParseJwsOptions = {}): ParsedJws | null {
  if (typeof token !== 'string' || token.length > maxLength) return null
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first < 1 || second - first < 2 || second === token.length - 1) return null
  const header = parseHeader(token.slice(0, first))
  const payload = decodeBase64url(token.slice(first + 1, second))
  const signature = decodeBase64url(token.slice(second + 1))
  if (header === null || payload === null || signature === null) return null
  return { header, payload, signature, input: token.slice(0, second) }
}

/**
 * Tells whether the signature is that of the key, over exactly this. The header must name the key's algorithm: a token
 * never chooses how it is checked (RFC 8725, section 3.1). Throws `TypeError` when the key does not fit its algorithm.
 */
export function verifyJws(jws: ParsedJws, key: JwsKey): boolean {
  return jws.header.alg === key.alg && operationsOf(key).verify(jws.input, jws.signature)
}

const reserved = ['alg', 'kid', 'crit', 'b64']

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/**
 * Headers seen lately, by their text. An issuer writes the same one into all its tokens, and reading it anew would cost
 * more than the rest of the parsing. They are shared, hence frozen; anyone can fill this, hence few and short.
 */
const headers = new Map<string, JwsHeader>()

function parseHeader(text: string): JwsHeader | null {
  const known = headers.get(text)
  if (known !== undefined) return known
  const bytes = decodeBase64url(text)
  const header = bytes === null ? null : checkedHeader(parseJsonObject(bytes, true))
  if (bytes !== null && header !== null && text.length <= 256) {
    if (headers.size === 64) headers.clear()
    // Written anew: a slice would keep the whole token in memory.
    headers.set(bytes.toString('base64url'), header)
  }
  return header
}

function checkedHeader(header: Record<string, unknown> | null): JwsHeader | null {
  if (header === null || typeof header['alg'] !== 'string') return null
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return null
  if (!isTextOrAbsent(header['kid']) || !isTextOrAbsent(header['typ'])) return null
  return deepFreeze(header as JwsHeader & Record<string, unknown>)
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}
