import { RequestRefused } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'

/** Throws `RequestRefused` (`host_not_allowed`) for a host that is not served here; gives back the host as it was sent. */
export type HostCheck = (request: AuthRequest) => string

/**
 * Holds requests to the hosts that are served: the `Host` header has to be one of them exactly, but for the case of letters
 * (RFC 9110, section 7.2). An entry without a port allows none or the default ones (80, 443); one with a port allows that
 * alone; `localhost:*` allows any. IPv6 addresses stand in brackets. There are no wildcards for names: whoever may choose a
 * host may choose where reset links lead. Throws `TypeError` naming the entry that is not a host.
 */
export function createHostCheck(allowed: readonly string[]): HostCheck {
  if (allowed.length === 0) throw new TypeError('Allowed hosts: name at least one, such as api.example or localhost:*.')
  const exact = new Set<string>()
  const anyPort = new Set<string>()
  for (const entry of allowed) {
    const { name, port } = parseEntry(entry)
    if (port === '*') anyPort.add(name)
    else if (port === null) for (const suffix of ['', ':80', ':443']) exact.add(name + suffix)
    else exact.add(`${name}:${port}`)
  }
  const isAllowed = (host: string): boolean => {
    if (exact.has(host)) return true
    const lower = host.toLowerCase()
    return exact.has(lower) || (anyPort.size > 0 && anyPort.has(lower.replace(/:[0-9]{1,5}$/, '')))
  }
  return (request) => {
    const host = request.headers.get('host')
    if (host === null || !isAllowed(host)) throw new RequestRefused('host_not_allowed')
    // A target in absolute form takes the place of the header (RFC 9112, section 3.2.2), so it is held to the same list.
    if (!request.url.startsWith('/') && !isAllowed(hostIn(request.url) ?? host))
      throw new RequestRefused('host_not_allowed')
    return host
  }
}

function parseEntry(entry: string): { readonly name: string; readonly port: string | null } {
  const [, name, port = null] = hostAndPort.exec(entry.toLowerCase()) ?? []
  if (name === undefined || Number(port) > 65_535 || !URL.canParse(`http://${name}/`)) {
    throw new TypeError(`Allowed hosts: "${entry}" is not a host, such as api.example, localhost:8000 or [::1].`)
  }
  return { name, port }
}

const hostAndPort = /^([0-9a-z](?:[0-9a-z.-]*[0-9a-z])?|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}|\*))?$/

/** The authority of an absolute URL, or `null` for a target such as `*`. No parser: it is only compared. */
function hostIn(url: string): string | null {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1] ?? null
}
