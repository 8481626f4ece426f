import type { Auth } from '../core/auth.ts'
import type { Described } from '../api/operation.ts'
import type { Endpoint, Exchange, Upload } from '../http/exchange.ts'

/** What is at one path: an endpoint for each method, behind one policy. */
export interface Route {
  /** With a trailing slash, which callers may leave out. */
  readonly path: string
  /** Whether every path below it is its own too (false). */
  readonly takesPathsBelow?: boolean
  /**
   * Lets the request in or throws. It comes before the method is looked at, so that a stranger learns nothing (open). What browsers
   * ask before a request from another site is answered without it, for they send no credential then.
   */
  readonly guard?: (request: Exchange) => Promise<unknown>
  /** The door that its guard asked, where that is not the server's: it writes the refusals and the RateLimit headers. */
  readonly door?: Pick<Auth, 'refusal' | 'headers'>
  /** Paths whose bodies may be larger than others and hold files; a segment such as `:id` or `{id}` is any one (none). */
  readonly uploads?: Readonly<Record<string, Upload>> | undefined
  /** Endpoints by method, in upper case. `HEAD` follows `GET`; `OPTIONS` answers with what there is. */
  readonly methods: Readonly<Record<string, Endpoint>>
  /** What can be asked here, for the OpenAPI document and the pages under `/api/`: see `described` (nothing is told). */
  readonly operations?: readonly Described[]
}

/** Finds the route of a path, with or without its trailing slash. */
export function createRouteTable(routes: readonly Route[]): (path: string) => Route | null {
  const table = new Map<string, Route>()
  for (const route of routes) {
    if (table.has(route.path)) throw new TypeError(`Two routes have the path ${route.path}.`)
    table.set(route.path, route)
    if (route.path.endsWith('/') && route.path !== '/') table.set(route.path.slice(0, -1), route)
  }
  const wide = routes.filter(({ takesPathsBelow }) => takesPathsBelow === true)
  return (path) => table.get(path) ?? wide.find((route) => path.startsWith(route.path)) ?? null
}

/** The methods of a route, as `Allow` lists them (RFC 9110, section 10.2.1). */
export function allowed({ methods }: Route): string {
  const names = new Set([...Object.keys(methods), 'OPTIONS'])
  if (names.has('GET')) names.add('HEAD')
  return [...names].toSorted().join(', ')
}

/** The path of a request target: before any query, of the absolute form too (RFC 9112, section 3.2.2). */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/)
  const target = end === -1 ? url : url.slice(0, end)
  return target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}

/** What this path takes, where it is one for uploads. */
export function uploadOf(route: Pick<Route, 'uploads'> | null, url: string): Upload | undefined {
  if (route?.uploads === undefined) return undefined
  const path = pathOf(url)
  const whole = path.endsWith('/') ? path : `${path}/`
  if (Object.hasOwn(route.uploads, whole)) return route.uploads[whole]
  const segments = whole.split('/')
  return Object.entries(route.uploads).find(([pattern]) => isLike(pattern.split('/'), segments))?.[1]
}

function isLike(pattern: readonly string[], segments: readonly string[]): boolean {
  const isAny = (one: string, index: number): boolean => /^[:{]/.test(one) && segments[index] !== ''
  return pattern.length === segments.length && pattern.every((one, at) => one === segments[at] || isAny(one, at))
}

/** An upload may be larger than other bodies, and take its time. */
export function bodyBounds(
  upload: Upload | undefined,
  usual: number,
): { readonly limit: number; readonly timeout?: number } {
  return upload === undefined ? { limit: usual } : { limit: Math.max(upload.limit, usual), timeout: 60_000 }
}
