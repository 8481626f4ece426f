import type { FastifyRequest, RouteOptions } from 'fastify'
import { AuthError } from '../core/errors.ts'
import { admissionOf } from './admission.ts'
import { addRoute, beginRoutes, type AnyInstance } from './fastify-routes.ts'
import type { Gate } from './gate.ts'
import { nodeRequest } from './node-request.ts'
import { markedPolicy } from './policy-mark.ts'
import { hasForm } from './web-request.ts'

/** Fastify's request, whatever the types of the route and the server are. */
export interface AnyRequest {
  readonly raw: object
}

/** Fastify's reply. */
export interface AnyReply {
  readonly raw: object
}

/** Answers with the reply where it has sent it, which ends the way of the request. */
export type Hook = (request: AnyRequest, reply: AnyReply) => Promise<AnyReply | undefined>

// oxlint-disable-next-line typescript/no-explicit-any -- Fastify's types differ by the kind of server
export type AnyPlugin = (app: any, options: unknown, done: () => void) => void

export interface PluginOptions {
  /** The gates of one door, by the hook that asks them. */
  readonly gates: ReadonlyMap<unknown, Gate>
  /** Asks a gate, whatever else. */
  readonly run: (gate: Gate, ...hook: Parameters<Hook>) => ReturnType<Hook>
  readonly errorHandler: (error: unknown, request: AnyRequest, reply: AnyReply) => void
}

/**
 * Sees to each route with a gate: that refusals which its handler throws are answered, and that a form that came with a
 * cookie waits until its body is parsed, for its CSRF token stands in there, and Fastify asks `onRequest` before that.
 */
export function createPlugin({ gates, run, errorHandler }: PluginOptions): AnyPlugin {
  function onRoute(this: Scope, route: RouteOptions): void {
    const inherited = (this[everyRoutes] ?? []).filter((hook) => gates.has(hook))
    const first = [...inherited, ...hooksOf(route.onRequest)]
    const others = [route.preParsing, route.preValidation, route.preHandler].flatMap(hooksOf)
    const policies = [...first, ...others].map(markedPolicy)
    const methods = [route.method].flat()
    for (const method of methods) addRoute(this, method, route.url, policies)
    if ([...first, ...others].every((hook) => !gates.has(hook))) return

    Object.assign(route, { onRequest: first, errorHandler: answering(route.errorHandler) })
    const waiting = first.flatMap((hook) => gates.get(hook) ?? [])
    if (waiting.length > 0 && !methods.every(isBodyless)) letWait(route, waiting)
  }

  /** `own` is the route's handler of errors. Throwing passes an error on to that of the scope. */
  function answering(own: RouteOptions['errorHandler']): NonNullable<RouteOptions['errorHandler']> {
    return (error, request, reply) => {
      if (own === undefined || (error as unknown) instanceof AuthError) return errorHandler(error, request, reply)
      return own.call(request.server, error, request, reply)
    }
  }

  function letWait(route: RouteOptions, waiting: readonly Gate[]): void {
    const { [waits]: others = [], ...config } = (route.config ?? {}) as Config
    const late = waiting.map((gate): Hook => {
      return async (request, reply) => (hasPassed(gate, request) ? undefined : run(gate, request, reply))
    })
    Object.assign(route, {
      preValidation: [...late, ...hooksOf(route.preValidation)],
      config: { ...config, [waits]: [...others, ...waiting] },
    })
  }

  const plugin: AnyPlugin = (app: AnyInstance & { addHook: (name: string, hook: unknown) => void }, _options, done) => {
    beginRoutes(app)
    app.addHook('onRoute', onRoute)
    done()
  }
  // Its hook is for the routes of whoever registers it, so it makes no scope of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

/** Puts a gate in front of every route of a scope that is added after. */
export function everyRoute(scope: AnyInstance, guard: Hook): void {
  const { [everyRoutes]: others = [] } = scope as Scope
  Object.assign(scope, { [everyRoutes]: [...others, guard] })
}

/** Whether a gate is to be asked when the body is there. Only where `letWait` has put the hook that asks it then. */
export function mayWait(gate: Gate, request: AnyRequest): boolean {
  const { method, headers } = nodeRequest(request.raw as never)
  if (isBodyless(method) || headers.get('cookie') === null) return false
  if (!hasForm(method, headers.get('content-type'))) return false
  const { [waits]: waiting = [] } = (request as FastifyRequest).routeOptions.config as Config
  return waiting.includes(gate)
}

/** Of several gates only the last is remembered; the others are asked twice rather than not at all. */
function hasPassed(gate: Gate, request: AnyRequest): boolean {
  const admission = admissionOf(nodeRequest(request.raw as never))
  return admission?.gate === gate && admission.identity !== undefined
}

const waits: unique symbol = Symbol('doorward.waits')
const everyRoutes: unique symbol = Symbol('doorward.everyRoute')

interface Config {
  readonly [waits]?: readonly Gate[]
}

type Scope = AnyInstance & { readonly [everyRoutes]?: readonly Hook[] }

function hooksOf(given: unknown): unknown[] {
  return given === undefined || given === null ? [] : [given].flat()
}

function isBodyless(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}
