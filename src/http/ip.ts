import { isIP, isIPv4 } from 'node:net'

/**
 * An address in the one spelling that is compared and stored: IPv4 as it is, IPv6 in the form of RFC 5952, without its
 * zone; an IPv4-mapped address (`::ffff:192.0.2.1`, RFC 4291, section 2.5.5.2) is the IPv4 address, for that is how a
 * dual-stack socket names it. `null` where the text is no address.
 */
export function canonicalAddress(text: string): string | null {
  if (isIPv4(text)) return text
  if (text.startsWith('::ffff:') && isIPv4(text.slice(7))) return text.slice(7)
  const groups = groupsOf(text)
  if (groups === null) return null
  return mappedIPv4(groups) ?? formatIPv6(groups)
}

/** The eight groups of an IPv6 address, or `null` where the text is none. A zone (`%eth0`) is dropped. */
export function groupsOf(text: string): readonly number[] | null {
  if (!text.includes(':')) return null
  const zone = text.indexOf('%')
  const address = zone === -1 ? text : text.slice(0, zone)
  if (isIP(address) !== 6) return null
  const [head = '', tail] = address.split('::')
  const left = groupsIn(head)
  const right = tail === undefined ? [] : groupsIn(tail)
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

/** The IPv4 address within an IPv4-mapped IPv6 address, or `null` where it is not one. */
export function mappedIPv4(groups: readonly number[]): string | null {
  const [a, b, c, d, e, marker, high = 0, low = 0] = groups
  if (a || b || c || d || e || marker !== 0xffff) return null
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`
}

/** Part of a valid address, between or beside its `::`. */
function groupsIn(part: string): number[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}

/** RFC 5952, section 4: lower case, no leading zeros, the first of the longest runs of two or more zeros as `::`. */
export function formatIPv6(groups: readonly number[]): string {
  const { start, length } = longestZeroRun(groups)
  const written = groups.map((group) => group.toString(16))
  if (length < 2) return written.join(':')
  return `${written.slice(0, start).join(':')}::${written.slice(start + length).join(':')}`
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start += 1) {
    let end = start
    while (end < groups.length && groups[end] === 0) end += 1
    if (end - start > best.length) best = { start, length: end - start }
    start = Math.max(start, end - 1)
  }
  return best
}
