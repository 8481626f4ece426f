import { z } from 'zod'
import type { ErrorCode } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { nameOf, type Permission } from '../core/permission.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import type { Answering } from './answering.ts'
import { parametersIn } from './path-pattern.ts'
import type { ShownCredential } from './shown-credential.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The schemas of parameters, by name. */
export type Shape = Readonly<Record<string, z.ZodType>>

type Values<Given extends Shape> = { readonly [Name in keyof Given]: z.output<Given[Name]> }

/** Who does something, for the audit log: `actor` is `user:4fQ…`, or `anonymous`. */
export interface CalledBy {
  readonly actor: string
  readonly address: string | null
  readonly requestId: string | null
}

/** What a handler is given: all of it is checked. */
export interface Asked<Path, Query, Body, Found> {
  readonly request: Exchange
  /** `null` for a stranger, where the permission admits strangers. */
  readonly identity: Identity | null
  readonly by: CalledBy
  readonly path: Path
  readonly query: Query
  readonly body: Body
  /** What `object.find` found. */
  readonly object: Found
  /** Of a list: how many are wanted, and after which position. */
  readonly page: AskedPage
}

export interface AskedPage {
  readonly limit: number
  /** The `next` of the page before, as the handler gave it; absent for the first page. */
  readonly after?: string
}

/** The object that an operation is about. Whoever may not see it learns no more than of one that is not there: 404. */
export interface ObjectOf<Path, Found> {
  readonly find: (asked: { readonly path: Path; readonly identity: Identity | null }) => Promise<Found | null>
  /** Who gets to see it (whoever passes the operation's permission). */
  readonly seenBy?: Permission<Identity | null, Found>
  /** Who of those may do this to it; the others get a 403 (all). */
  readonly permission?: Permission<Identity | null, Found>
}

/** What is said about one thing that can be asked of an API. */
interface OperationText {
  readonly method: Method
  /** From the root, with a trailing slash and parameters in braces: `/api/notes/{id}/`. */
  readonly path: string
  /** A line: what it does. */
  readonly summary: string
  /** More about it (nothing). */
  readonly description?: string
  /** The heading that it stands under. */
  readonly tag: string
  /** Errors that it answers beside those that every operation does: `not_found` for one with parameters, and so on (none). */
  readonly refuses?: readonly ErrorCode[]
  /** Whether it is a list that is read page by page: it then takes `limit` and `after`, and answers with `next` (false). */
  readonly isPaged?: boolean
  /** Bytes that its body may have (as all bodies). */
  readonly largestBody?: number
}

export interface OperationOptions<
  Path extends Shape,
  Query extends Shape,
  Body extends z.ZodType,
  Value,
  Found,
> extends OperationText {
  /** Asked before anything is read. Strangers get in only where it admits them. */
  readonly permission: Permission<Identity | null, undefined>
  /** Parameters in the path (texts without control characters). One that does not fit is 404. */
  readonly params?: Path
  /** Parameters in the query (none). Others are refused. */
  readonly query?: Query
  /** The members of the JSON body (none). */
  readonly body?: Body
  /** What a success answers. */
  readonly answer: Answering<Value>
  readonly object?: ObjectOf<Values<Path>, Found>
  readonly handler: (asked: Asked<Values<Path>, Values<Query>, z.output<Body>, Found>) => Promise<Value>
}

/** One thing that can be asked of an API, as it is told about. */
export interface Described extends OperationText {
  /** `null`: no permission of this house is asked, but what `policy` says. */
  readonly permission: Permission<Identity | null, undefined> | null
  /** All that is asked of whoever calls, as it is written: the permission, and those on the object. */
  readonly policy: string
  /** The permissions behind it, in the order in which they are asked. */
  // oxlint-disable-next-line typescript/no-explicit-any -- rules for any kind of object are told about
  readonly rules: readonly Permission<any, any>[]
  readonly params: Shape
  readonly query: Shape
  readonly body: z.ZodType | null
  /** How the body is written. */
  readonly bodyType: 'application/json' | 'application/x-www-form-urlencoded'
  readonly answer: Omit<Answering<never>, 'write'>
  /** How refusals look: `detail` and `code`, or `error` and `error_description` (RFC 6749, section 5.2). */
  readonly errors: 'api' | 'oauth'
  /** The security schemes that it takes beside or instead of those of the server (those of the server). */
  readonly security?: readonly string[]
  /** What examples of a call show, where strangers are not let in (`apiKey`). */
  readonly shows?: ShownCredential
}

/** The same with what does it. */
export interface Operation extends Described {
  readonly permission: Permission<Identity | null, undefined>
  readonly object: ObjectOf<Readonly<Record<string, unknown>>, unknown> | null
  readonly run: (asked: Asked<unknown, unknown, unknown, unknown>) => Promise<Answer>
}

/**
 * Describes one thing that can be asked. `operationsRoute` serves it, `openApi` and the pages under `/api/` show it. Throws
 * `TypeError` where parameters and path do not fit each other.
 */
export function operation<
  Path extends Shape = Words,
  Query extends Shape = Shape,
  Body extends z.ZodType = z.ZodUndefined,
  Value = undefined,
  Found = undefined,
>(options: OperationOptions<Path, Query, Body, Value, Found>): Operation {
  const { permission, object, answer, handler, query = {}, body = null, ...text } = options
  const named = `${text.method} ${text.path}`
  if (!/^\/(?:[^/{}?#]+\/|\{[A-Za-z]\w*\}\/)*$/.test(text.path)) {
    throw new TypeError(`operation: ${named} needs a path such as /api/notes/{id}/.`)
  }
  const inPath = parametersIn(text.path)
  const params: Shape = { ...Object.fromEntries(inPath.map((name) => [name, anyWord])), ...options.params }
  const foreign = Object.keys(params).filter((name) => !inPath.includes(name))
  if (foreign.length > 0) throw new TypeError(`operation: ${named} has no ${foreign.join(', ')} in its path.`)
  if (body !== null && text.method === 'GET') throw new TypeError(`operation: ${named} cannot have a body.`)
  const rules = [permission, ...(object === undefined ? [] : [object.seenBy ?? [], object.permission ?? []].flat())]
  return {
    ...text,
    permission,
    policy: rules.map((rule) => nameOf(rule)).join(', then '),
    rules,
    params,
    query,
    body,
    bodyType: 'application/json',
    errors: 'api',
    answer,
    object: (object ?? null) as Operation['object'],
    run: async (asked) =>
      answer.write(await handler(asked as Asked<Values<Path>, Values<Query>, z.output<Body>, Found>)),
  }
}

type Words = Readonly<Record<string, z.ZodString>>

const anyWord: z.ZodString = z.string()
