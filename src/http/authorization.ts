import { AuthenticationFailed } from '../core/errors.ts'
import { isBlank } from './trim-blanks.ts'
import type { AuthRequest } from '../core/request.ts'

/** An `Authorization` header, taken apart. */
export interface Authorization {
  /** In lower case: scheme names have no case (RFC 9110, section 11.1). */
  readonly scheme: string
  /** The rest, without outer blanks. */
  readonly value: string
}

/** Longer credentials are refused: the largest honest ones, JWTs with many claims, stay well below. In characters. */
const longest = 8 * 1024

/**
 * Reads the `Authorization` header (RFC 9110, section 11.6.2). `null` where there is none, or nothing in it. Spaces and
 * tabs separate, any number of them. It judges nothing: that is for `credentialOf`, or for who reads another form.
 */
export function readAuthorization(request: AuthRequest): Authorization | null {
  const header = request.headers.get('authorization')
  if (header === null) return null
  const start = skipBlanks(header, 0)
  if (start === header.length) return null
  const end = schemeEnd(header, start)
  let to = header.length
  while (to > end && isBlank(header.charCodeAt(to - 1))) to -= 1
  return { scheme: header.slice(start, end).toLowerCase(), value: header.slice(skipBlanks(header, end), to) }
}

/**
 * The one credential under a scheme, as Bearer, Token and Basic have it (RFC 6750, section 2.1: `"Bearer" 1*SP b64token`).
 * `null` where there is no header or it is of another scheme. Throws `AuthenticationFailed` (`bad_authorization_header`)
 * where the scheme is this one and what follows cannot be a credential.
 */
export function credentialOf(request: AuthRequest, scheme: string): string | null {
  const header = request.headers.get('authorization')
  if (header === null || !hasScheme(header, scheme)) return null
  const read = readAuthorization(request)
  if (read === null || read.scheme !== scheme.toLowerCase()) return null
  if (read.value.length > longest) throw malformed('The credential in the Authorization header is too long.')
  if (!plain.test(read.value)) throw malformed(whatIsWrong(read.value))
  return read.value
}

/** Visible ASCII but for the comma: what every scheme with a single credential keeps to. */
const plain = /^[\x21-\x2b\x2d-\x7e]+$/

/** A header that was sent twice arrives joined by `, `, which is why a comma is never part of a credential. */
function whatIsWrong(value: string): string {
  if (value === '') return 'The Authorization header has a scheme but no credential.'
  if (value.includes(',')) return 'The Authorization header was sent more than once, or holds a comma.'
  if (/[^\t\x20-\x7e]/.test(value))
    return 'The credential in the Authorization header has characters that are not allowed.'
  return 'The Authorization header has blanks inside the credential.'
}

/** RFC 6750, section 3.1: a malformed request is `invalid_request`; the answer stays 401, as Django REST clients expect. */
function malformed(detail: string): AuthenticationFailed {
  return new AuthenticationFailed('bad_authorization_header', detail, { challenge: { error: 'invalid_request' } })
}

/**
 * A first look at no cost: most authenticators of a list find another scheme than theirs here. Only letters differ in
 * case by the bit 0x20; what it lets through wrongly, the second look catches.
 */
function hasScheme(header: string, scheme: string): boolean {
  const start = skipBlanks(header, 0)
  for (let at = 0; at < scheme.length; at += 1) {
    if ((header.charCodeAt(start + at) | 0x20) !== (scheme.charCodeAt(at) | 0x20)) return false
  }
  const after = start + scheme.length
  return after === header.length || isBlank(header.charCodeAt(after))
}

function schemeEnd(header: string, start: number): number {
  let end = start
  while (end < header.length && !isBlank(header.charCodeAt(end))) end += 1
  return end
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && isBlank(text.charCodeAt(at))) at += 1
  return at
}
