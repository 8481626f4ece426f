export interface RedirectUriRules {
  /** Whether private-use schemes are allowed: for applications on a device (false). */
  readonly isNative?: boolean
  /** Whether `http://localhost` counts as this machine, which RFC 8252, section 8.3, advises against (false). */
  readonly allowLocalhost?: boolean
  /** Whether a host may begin with `*`, which RFC 9700, section 2.1, advises against (false). */
  readonly allowWildcards?: boolean
}

/**
 * Why a redirect URI cannot be registered, as the rest of a sentence; `null`: it can. It is kept as it is written, since it
 * is compared letter for letter (RFC 9700, section 2.1): so whatever could be written in two ways is refused.
 */
export function redirectUriFault(uri: string, rules: RedirectUriRules = {}): string | null {
  const fault = writtenFault(uri)
  if (fault !== null) return fault
  const scheme = uri.slice(0, uri.indexOf(':'))
  if (scheme === 'https') return uri.includes('*') ? wildcardFault(uri, rules) : hostFault(uri)
  if (uri.includes('*')) return noWildcard
  if (scheme === 'http') return loopbackFault(uri, rules)
  // RFC 8252, section 7.1: a domain in reverse, then one slash. That it has a dot keeps `javascript:` and its like out.
  if (!/^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$/.test(scheme)) return 'has a scheme that is not allowed: use https.'
  if (rules.isNative !== true) return 'has a scheme that is for native and public applications.'
  return /^[^:]+:\/(?!\/)/.test(uri) ? null : 'has to have one slash after its scheme, as in com.example.app:/cb.'
}

/** The same for the address of a page, which nothing secret is sent to: https, or this machine. */
export function pageUriFault(uri: string, rules: Pick<RedirectUriRules, 'allowLocalhost'> = {}): string | null {
  const fault = writtenFault(uri.replace(/#[^#]*$/, ''))
  if (fault !== null) return fault
  if (uri.startsWith('https://')) return hostFault(uri)
  return uri.startsWith('http://') ? loopbackFault(uri, rules) : 'has to begin with https://.'
}

/** The same for an address that this server calls. */
export function httpsUriFault(uri: string): string | null {
  return writtenFault(uri) ?? (uri.startsWith('https://') ? hostFault(uri) : 'has to begin with https://.')
}

/** The same for the origin of a page (RFC 6454, section 6.2): scheme, host and port, without anything behind. */
export function originFault(origin: string, rules: Pick<RedirectUriRules, 'allowLocalhost'> = {}): string | null {
  const fault = pageUriFault(origin, rules)
  if (fault !== null) return fault
  return new URL(origin).origin === origin ? null : 'has to be an origin, such as https://app.example.'
}

/** The same for a resource (RFC 8707, section 2): an absolute URI without fragment. */
export function resourceFault(uri: string): string | null {
  if (uri.length > longest) return tooLong
  if (!uriCharacters.test(uri) || !URL.canParse(uri)) return 'has to be an absolute URI.'
  return uri.includes('#') ? 'holds a fragment, which a resource may not have.' : null
}

/** Whether a host is this machine, by its address as RFC 8252, section 7.3, has it. */
function isLoopbackHost(host: string): boolean {
  return host === '127.0.0.1' || host === '[::1]'
}

/** Characters. */
const longest = 2048
const tooLong = `is longer than ${longest} characters.`
const noWildcard = 'holds a wildcard (*), which is not allowed.'

/** RFC 3986, section 2. */
const uriCharacters = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/

function writtenFault(uri: string): string | null {
  if (uri.length > longest) return tooLong
  if (!uriCharacters.test(uri)) return 'is not a URI: it holds characters that have to be percent-encoded.'
  // RFC 6749, section 3.1.2.
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri)) return 'has to be absolute, with its scheme.'
  if (uri.includes('#')) return 'holds a fragment (#), which is not allowed.'
  const path = /^[^:]+:(?:\/\/[^/?]*)?([^?]*)/.exec(uri)?.[1] ?? ''
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) return 'holds a path with dots that lead elsewhere (. or ..).'
  return null
}

/** What stands between `//` and the path, and its host, as written. */
function authorityOf(uri: string): { readonly authority: string; readonly host: string } {
  const authority = /^[^:]+:\/\/([^/?]*)/.exec(uri)?.[1] ?? ''
  return { authority, host: authority.replace(/:\d+$/, '') }
}

function hostFault(uri: string): string | null {
  const { authority, host } = authorityOf(uri)
  if (authority.includes('@')) return 'holds a user name or password, which is not allowed.'
  if (host.includes('*')) return noWildcard
  if (host === '' || !URL.canParse(uri)) return 'has to name a host.'
  // Such as 127.1 or 0x7f000001, which are read as 127.0.0.1.
  return new URL(uri).hostname === host.toLowerCase() ? null : 'names its host in a way that is read as another.'
}

function loopbackFault(
  uri: string,
  { allowLocalhost = false }: Pick<RedirectUriRules, 'allowLocalhost'>,
): string | null {
  const fault = hostFault(uri)
  if (fault !== null) return fault
  const { host } = authorityOf(uri)
  if (isLoopbackHost(host) || (host === 'localhost' && allowLocalhost)) return null
  return 'begins with http://, which is for this machine alone: 127.0.0.1 or [::1]. Use https.'
}

/** One star, at the beginning of the host, where at least two labels follow the one that it stands for. */
function wildcardFault(uri: string, { allowWildcards = false }: RedirectUriRules): string | null {
  if (!allowWildcards) return noWildcard
  const { host } = authorityOf(uri)
  const isFit = /^\*(?:-[a-z0-9-]+)?(?:\.[a-z0-9-]+){2,}$/i.test(host) && uri.lastIndexOf('*') === uri.indexOf('*')
  if (!isFit) return 'holds a wildcard (*) elsewhere than at the beginning of a host such as *.example.com.'
  return hostFault(uri.replace('*', 'any'))
}
