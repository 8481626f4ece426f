import type { AuthRequest } from '../core/request.ts'

export interface TestRequestOptions {
  /** The address of the connection (127.0.0.1). */
  readonly address?: string | null
  /** The TLS client certificate (none). */
  readonly certificate?: { readonly der: Uint8Array; readonly authorized: boolean }
  /** The fields of the form in its body (no form). */
  readonly form?: Readonly<Record<string, string>>
}

/** Makes a request as a door sees it. A header that is given more than once, as a list, arrives joined. */
export function testRequest(
  method: string,
  url: string,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
  { address = '127.0.0.1', certificate, form }: TestRequestOptions = {},
): AuthRequest {
  const all = new Headers({ host: 'localhost' })
  for (const [name, value] of Object.entries(headers)) {
    const separator = name.toLowerCase() === 'cookie' ? '; ' : ', '
    all.set(name, typeof value === 'string' ? value : value.join(separator))
  }
  return {
    method: method.toUpperCase(),
    url,
    headers: { get: (name) => all.get(name), keys: () => all.keys() },
    peer: { address, ...(certificate === undefined ? {} : { certificate }) },
    ...(form === undefined ? {} : { field: async (name) => (Object.hasOwn(form, name) ? (form[name] ?? null) : null) }),
  }
}
