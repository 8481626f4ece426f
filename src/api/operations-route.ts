import { z } from 'zod'
import type { Auth } from '../core/auth.ts'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import type { Answer, Endpoint, Exchange, Upload } from '../http/exchange.ts'
import { parseBody } from '../http/parse-body.ts'
import { anyOf } from '../permissions/any-of.ts'
import { checkedValues } from './checked-values.ts'
import type { Cursors } from './cursors.ts'
import { isPermitted } from './is-permitted.ts'
import type { AskedPage, Operation } from './operation.ts'
import { optionsAnswer } from './options-answer.ts'
import { decodedWords, pathPattern } from './path-pattern.ts'
import { queryShape } from './query-shape.ts'

export interface OperationsRouteOptions {
  /** The path that all of them are at or below. */
  readonly path: string
  readonly operations: readonly Operation[]
  readonly auth: Pick<Auth, 'allow'>
  readonly cursors: Cursors
}

/** A path with all below it, as a server mounts it. */
export interface OperationsRoute {
  readonly path: string
  readonly takesPathsBelow: true
  readonly guard: (request: Exchange) => Promise<unknown>
  readonly uploads: Readonly<Record<string, Upload>>
  readonly methods: Readonly<Record<string, Endpoint>>
  readonly operations: readonly Operation[]
}

/**
 * Serves operations. The order of things: may they come here at all (401, 403), is there such a path (404) and method (405),
 * may they do this (403), is there such an object for them (404), may they do this to it (403), is what they sent in order
 * (400). So nobody learns of what is not theirs, and nothing of a stranger is read. Throws `TypeError` where two operations
 * have one method and path.
 */
export function operationsRoute(options: OperationsRouteOptions): OperationsRoute {
  const { path, auth, cursors } = options
  const operations = options.operations.map((one) => ({ ...one, pattern: pathPattern(one.path) }))
  refuseForeign(path, operations)
  const atTheDoor = anyOneOf(operations.map(({ permission }) => permission))

  async function answer(request: Exchange): Promise<Answer> {
    const { path: sentPath, query: sentQuery } = partsOf(request.url)
    const words = decodedWords(sentPath)
    const here = words === null ? [] : closest(operations.filter(({ pattern }) => pattern.match(words) !== null))
    if (words === null || here.length === 0) throw new RequestRefused('not_found')
    const method = request.method === 'HEAD' ? 'GET' : request.method
    if (method === 'OPTIONS') {
      const identity = await auth.allow(request, anyOneOf(here.map(({ permission }) => permission)))
      return optionsAnswer({ request, identity, operations: here })
    }
    const found = here.find((one) => one.method === method)
    if (found === undefined) {
      await auth.allow(request, anyOneOf(here.map(({ permission }) => permission)))
      throw new RequestRefused('method_not_allowed', undefined, { headers: { allow: allowedOf(here) } })
    }
    const identity = await auth.allow(request, found.permission)
    const inPath = found.pattern.match(words) ?? {}
    const object = await objectOf(found, request, identity, inPath)
    const { page, ...query } = queryOf(found, sentQuery)
    const body = found.body === null ? undefined : checkedValues(found.body, await bodyOf(request))
    const result = await found.run({
      request,
      identity,
      by: calledBy(request, identity),
      path: object.path,
      query: query.values,
      body,
      object: object.found,
      page,
    })
    return found.isPaged === true ? withCursor(result, (next) => cursors.write(query.list, next)) : result
  }

  function queryOf(found: Operation, sent: string): { values: unknown; page: AskedPage; list: string } {
    const parameters = new URLSearchParams(sent)
    const twice = [...new Set(parameters.keys())].filter((name) => parameters.getAll(name).length > 1)
    if (twice.length > 0) {
      throw new RequestRefused('invalid', undefined, {
        body: Object.fromEntries(twice.map((name) => [name, ['It was sent more than once.']])),
      })
    }
    const all = checkedValues(z.strictObject(queryShape(found)), Object.fromEntries(parameters)) as Record<
      string,
      unknown
    >
    if (found.isPaged !== true) return { values: all, page: { limit: 0 }, list: '' }
    const { limit, after, ...values } = all
    // A cursor belongs to a list as it is filtered, whatever order the filters were sent in.
    const list = JSON.stringify([found.path, ...Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))])
    const position = typeof after === 'string' ? { after: cursors.read(list, after) } : {}
    return { values, page: { limit: limit as number, ...position }, list }
  }

  return {
    path,
    takesPathsBelow: true,
    operations: options.operations,
    uploads: Object.fromEntries(
      operations.flatMap((one) => (one.largestBody === undefined ? [] : [[one.path, { limit: one.largestBody }]])),
    ),
    guard: async (request) => auth.allow(request, atTheDoor),
    methods: Object.fromEntries(methods.map((method) => [method, answer])),
  }
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

type Matched = Operation & { readonly pattern: ReturnType<typeof pathPattern> }

/** Of patterns that match, those that say most of the path themselves: `/keys/revoke/` before `/keys/{id}/`. */
function closest(matching: readonly Matched[]): readonly Matched[] {
  const most = Math.max(0, ...matching.map(({ pattern }) => pattern.fixed))
  return matching.filter(({ pattern }) => pattern.fixed === most)
}

async function objectOf(
  { object, params }: Operation,
  request: Exchange,
  identity: Identity | null,
  sent: Readonly<Record<string, string>>,
): Promise<{ path: Readonly<Record<string, unknown>>; found: unknown }> {
  const checked = z.object({ ...params }).safeParse(sent)
  if (!checked.success) throw new RequestRefused('not_found')
  const path = checked.data
  if (object === null) return { path, found: undefined }
  const found = await object.find({ path, identity })
  if (found === null) throw new RequestRefused('not_found')
  const { seenBy, permission } = object
  if (seenBy !== undefined && !(await isPermitted(seenBy, { request, identity, resource: found }))) {
    throw new RequestRefused('not_found')
  }
  if (permission !== undefined && !(await permission({ request, identity, resource: found }))) {
    throw new PermissionDenied()
  }
  return { path, found }
}

async function bodyOf(request: Exchange): Promise<unknown> {
  return parseBody(request.headers.get('content-type'), await request.body())
}

/** The handler says where the next page begins; only a cursor of it leaves the house. */
function withCursor(answer: Answer, write: (next: string) => string): Answer {
  const { next, ...page } = JSON.parse(answer.body) as { readonly next?: string | null }
  const body = { ...page, next: next === null || next === undefined ? null : write(next) }
  return { ...answer, body: JSON.stringify(body) }
}

function calledBy(
  request: Exchange,
  identity: Identity | null,
): { actor: string; through?: string; address: string | null; requestId: string | null } {
  const { address, requestId = null } = request
  const actor = identity === null ? 'anonymous' : `${identity.principal.kind}:${identity.principal.id}`
  const through = throughOf(identity)
  return { actor, ...(through === null ? {} : { through }), address, requestId }
}

/** The credential that a program shows, as the log names it: by it, all that was done with one that leaked is found. */
function throughOf(identity: Identity | null): string | null {
  const { id, clientId } = (identity?.auth ?? {}) as { readonly id?: unknown; readonly clientId?: unknown }
  if (identity?.via === 'oauth2' && typeof clientId === 'string') return `client:${clientId}`
  const kind = identity === null ? undefined : programs[identity.via]
  return kind === undefined || typeof id !== 'string' ? null : `${kind}:${id}`
}

const programs: Readonly<Record<string, string>> = {
  apiKey: 'api_key',
  token: 'api_token',
  workload: 'workload_trust',
}

function allowedOf(here: readonly Operation[]): string {
  return [...here.map(({ method }) => method), 'OPTIONS'].join(', ')
}

/** Whoever may do one of several things may come near. */
function anyOneOf(all: readonly Permission<Identity | null, undefined>[]): Permission<Identity | null, undefined> {
  const distinct = [...new Set(all)]
  const [only, ...others] = distinct
  return only !== undefined && others.length === 0 ? only : anyOf(...distinct)
}

/** Path and query of a request target, of the absolute form too (RFC 9112, section 3.2.2). */
function partsOf(url: string): { readonly path: string; readonly query: string } {
  const [, path = '', query = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*)?([^?#]*)\??([^#]*)/i.exec(url) ?? []
  return { path, query }
}

function refuseForeign(path: string, operations: readonly Operation[]): void {
  const known = new Set<string>()
  for (const one of operations) {
    const named = `${one.method} ${one.path}`
    if (!one.path.startsWith(path)) throw new TypeError(`operationsRoute: ${named} is not below ${path}.`)
    const same = named.replaceAll(/\{\w+\}/g, '{}')
    if (known.has(same)) throw new TypeError(`operationsRoute: there are two of ${named}.`)
    known.add(same)
  }
}
