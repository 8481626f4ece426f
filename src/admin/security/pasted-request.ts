import type { AuthRequest } from '../../core/request.ts'
import { canonicalAddress } from '../../http/ip.ts'
import type { Faults } from '../../screens/faults.ts'

/** A request as somebody describes it in a form. */
export interface PastedRequest {
  readonly method: string
  /** A path or a URL. */
  readonly target: string
  /** Lines such as `Accept: text/html`. */
  readonly headers: string
  /** A token or key, in place of its header. */
  readonly credential: string
  /** Where it comes from. */
  readonly address: string
}

/** Reads it: what is wrong by field, or the request. What the lines say is not repeated: it may be a secret. */
export function pastedRequest(pasted: PastedRequest): { readonly request: AuthRequest } | { readonly faults: Faults } {
  const { method, target, headers: lines, credential, address } = pasted
  const faults: Record<string, string> = {}
  const headers = new Headers()
  if (!/^[A-Za-z]{1,20}$/.test(method)) faults['method'] = 'Write the method like GET.'
  if (!/^(?:\/|https?:\/\/)[\x21-\x7e]*$/.test(target)) faults['target'] = 'Write a path like /api/notes/.'
  if (canonicalAddress(address) === null) faults['address'] = 'Write an address like 192.0.2.1.'
  for (const [index, line] of lines
    .split(/\r?\n/)
    .filter((one) => one.trim() !== '')
    .entries()) {
    const [, name, value] = headerLine.exec(line) ?? []
    if (name === undefined || value === undefined)
      faults['headers'] ??= `Line ${index + 1} is no header. Write it like Accept: text/html.`
    else headers.append(name, value)
  }
  if (credential !== '' && !faults['headers']) {
    const [name, value] = headerFor(credential)
    if (/[^\x20-\x7e]/.test(value)) faults['credential'] = 'It holds characters that no token has.'
    else headers.set(name, value)
  }
  if (Object.keys(faults).length > 0) return { faults }
  return { request: { method: method.toUpperCase(), url: target, headers, peer: { address } } }
}

/** A field line (RFC 9110, sections 5.1 and 5.5). */
const headerLine = /^([!#$%&'*+.^`|~\w-]+):[ \t]*([\t\x20-\x7E\x80-\xFF]*?)[ \t]*$/

/** How a credential is sent, told by its looks. One with its scheme before it goes as it is. */
function headerFor(credential: string): readonly [name: string, value: string] {
  if (/^(?:bearer|token|basic|dpop) /i.test(credential)) return ['authorization', credential]
  if (/^[a-z][a-z0-9]{0,9}_(?:live|test)_/.test(credential)) return ['x-api-key', credential]
  if (/^[a-z][a-z0-9]{0,9}_pat_/.test(credential) || /^[0-9a-f]{40}$/.test(credential)) {
    return ['authorization', `Token ${credential}`]
  }
  return ['authorization', `Bearer ${credential}`]
}

/** What may be shown again of a target: its query may hold secrets. */
export function shownTarget(target: string): string {
  return target.replace(/[?#].*$/s, '')
}
