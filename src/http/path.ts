/**
 * A path in the one form that policies are matched against: percent escapes decoded once, dot segments resolved (RFC 3986,
 * sections 2.1 and 5.2.4), the query left off. `null` where another server could read the path differently, and so where
 * a rule for `/admin/` could be walked around: such a request is to be refused. That is an escaped slash, backslash, NUL or
 * other control character, an escape inside an escape, invalid UTF-8, an empty segment (some servers merge slashes), a
 * semicolon (some servers cut the segment there), `..` above the root, and whatever must not stand in a URL unescaped.
 */
export function normalisePath(raw: string): string | null {
  const mark = raw.indexOf('?')
  const path = mark === -1 ? raw : raw.slice(0, mark)
  if (path.length > longest) return null
  if (plain.test(path) && !path.includes('//') && !path.includes('/.')) return path
  const decoded = decode(path)
  return decoded === null ? null : resolve(decoded)
}

/** No server of repute takes longer request lines. */
const longest = 8 * 1024

/** Most paths: nothing to decode, nothing that means something else elsewhere. */
const plain = /^\/[0-9A-Za-z/._~!$&'()*+,=:@-]*$/

/** As RFC 3986 has a path, less the semicolon, and with every escape whole. */
const allowed = /^\/(?:[0-9A-Za-z/._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})*$/

function decode(path: string): string | null {
  if (!allowed.test(path) || /%(?:2f|5c|3b)/i.test(path)) return null
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /%[0-9a-f]{2}|[\x00-\x1f\x7f-\x9f]/i.test(decoded) ? null : decoded
}

function resolve(path: string): string | null {
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '' && !last) return null
    if (segment === '..' && kept.pop() === undefined) return null
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (last) kept.push('')
  }
  return `/${kept.join('/')}`
}
