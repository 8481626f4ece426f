/** One way to authenticate, as a 401 offers it: `Bearer realm="api", error="invalid_token"`. */
export interface Challenge {
  readonly scheme: string
  readonly params?: Readonly<Record<string, string>>
}

/** Writes a challenge as a `WWW-Authenticate` value (RFC 9110, section 11.6.1), quoting what has to be quoted. */
export function formatChallenge({ scheme, params = {} }: Challenge): string {
  const written = Object.entries(params).map(([name, value]) => `${name}="${quoted(value)}"`)
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}

/** Quotes and backslashes are escaped; what may not stand in a header at all becomes a space (RFC 9110, section 5.6.4). */
function quoted(value: string): string {
  return value.replaceAll(/[^\t\x20-\x7e]/gu, ' ').replaceAll(/["\\]/g, String.raw`\$&`)
}
