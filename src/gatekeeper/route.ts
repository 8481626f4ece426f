import type { Permission } from '../core/permission.ts'
import { normalisePath } from '../http/path.ts'
import { plainHost, type OriginalRequest } from './original-request.ts'
import { namedPolicy } from './policy.ts'
import { unfit } from './unfit.ts'

/** Which requests to which backend, and who may make them. */
export interface GatekeeperRoute {
  /** What its backend is called: the audience of the signed header. Routes of one backend share it. */
  readonly name: string
  /** Such as `notes.example.com`, with the port where that is not the default. */
  readonly host: string
  /** One path, such as `/health`, or all below one and itself, such as `/admin/*`. A slash at the end makes no difference. */
  readonly path: string
  /** In upper case (every method). */
  readonly methods?: readonly string[]
  readonly policy: Permission
  /** Whether it is for programs: nobody is ever led to the sign-in page from here (false). */
  readonly api?: boolean
}

/** Reads routes as they are written in settings: a policy may be named by a text. Throws `TypeError` for what is none. */
export function readRoutes(value: unknown): readonly GatekeeperRoute[] {
  if (!Array.isArray(value)) throw new TypeError('the routes are a list')
  return value.map((given: unknown, index) => {
    try {
      return readRoute(given)
    } catch (error) {
      throw new TypeError(`route ${index + 1}: ${(error as Error).message}`, { cause: error })
    }
  })
}

/**
 * Makes the search for the route of a request: the first that fits by host, path and method decides. Throws
 * `PermissionDenied` where there is none, and where there would be another one if upper and lower case were the same: they
 * are to some backends, and `/ADMIN/` must not get by a rule for `/admin/`.
 */
export function createRouteFinder(
  routes: readonly GatekeeperRoute[],
  { secure }: { readonly secure: boolean },
): (request: Pick<OriginalRequest, 'host' | 'path' | 'method'>) => GatekeeperRoute {
  const byHost = new Map<string, Candidate[]>()
  for (const route of routes) {
    const host = plainHost(route.host, secure)
    const candidates = byHost.get(host) ?? []
    byHost.set(host, [...candidates, candidateOf(route)])
  }
  return ({ host, path, method }) => {
    const candidates = byHost.get(host)
    if (candidates === undefined) throw unfit('No route has this host.')
    const lowerPath = path.toLowerCase()
    const found = candidates.find(({ fits, serves }) => serves(method) && fits(path))
    const folded = candidates.find(({ fitsLower, serves }) => serves(method) && fitsLower(lowerPath))
    if (found !== folded) throw unfit('The path would fit another route if upper and lower case were the same.')
    if (found === undefined) throw unfit('No route fits this path and method.')
    return found.route
  }
}

interface Candidate {
  readonly route: GatekeeperRoute
  readonly serves: (method: string) => boolean
  readonly fits: (path: string) => boolean
  readonly fitsLower: (path: string) => boolean
}

function candidateOf(route: GatekeeperRoute): Candidate {
  const pattern = patternOf(route.path)
  const methods = route.methods === undefined ? null : new Set(route.methods)
  return {
    route,
    serves: (method) => methods === null || methods.has(method),
    fits: matcher(pattern),
    fitsLower: matcher({ ...pattern, base: pattern.base.toLowerCase() }),
  }
}

interface Pattern {
  /** Without a slash at the end. */
  readonly base: string
  readonly below: boolean
}

function matcher({ base, below }: Pattern): (path: string) => boolean {
  const inside = `${base}/`
  return below ? (path) => path === base || path.startsWith(inside) : (path) => path === base || path === inside
}

function patternOf(path: string): Pattern {
  const below = path.endsWith('/*')
  const given = below ? path.slice(0, -2) : path === '/' ? '' : path
  if (!below && given.endsWith('/')) {
    throw new TypeError(`write ${path}* for all below ${path}, or ${path.slice(0, -1)} for that one path`)
  }
  const base = given === '' ? '' : normalisePath(given)
  if (base === null || base.includes('*')) throw new TypeError('path is such as /health, or /admin/* for all below it')
  return { base, below }
}

const members = new Set(['name', 'host', 'path', 'methods', 'policy', 'api'])

function readRoute(given: unknown): GatekeeperRoute {
  if (typeof given !== 'object' || given === null) throw new TypeError('it is an object with name, host, path, policy')
  const route = given as Readonly<Record<string, unknown>>
  const unknown = Object.keys(route).find((name) => !members.has(name))
  if (unknown !== undefined) throw new TypeError(`it has no ${unknown}, but ${[...members].join(', ')}`)
  const { methods, policy, api = false } = route
  const name = textOf(route, 'name', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'notes-api')
  const host = textOf(route, 'host', hostForm, 'notes.example.com, without scheme').toLowerCase()
  const path = textOf(route, 'path', /^\/[^?#]*$/, '/health, or /admin/* for all below it')
  patternOf(path)
  if (typeof api !== 'boolean') throw new TypeError('api is true or false')
  return { name, host, path, policy: policyOf(policy), api, ...(methods === undefined ? {} : methodsOf(methods)) }
}

/** One host, not several: whoever is let in for any host could ask for all of them. */
const hostForm = /^(?:[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?$/i

function textOf(route: Readonly<Record<string, unknown>>, name: string, form: RegExp, example: string): string {
  const value = route[name]
  if (typeof value !== 'string' || !form.test(value)) throw new TypeError(`${name} is such as ${example}`)
  return value
}

function methodsOf(methods: unknown): { readonly methods: readonly string[] } {
  const isList = Array.isArray(methods) && methods.length > 0
  if (!isList || !methods.every((one) => typeof one === 'string' && /^[A-Z][A-Z-]*$/.test(one))) {
    throw new TypeError('methods is a list such as ["GET", "HEAD"]; leave it out for all')
  }
  return { methods: methods as readonly string[] }
}

function policyOf(policy: unknown): Permission {
  if (typeof policy === 'function') return policy as Permission
  if (typeof policy === 'string') return namedPolicy(policy)
  throw new TypeError('policy is a permission, or the name of one, such as isAuthenticated or hasScope:write')
}
