import type { Auth } from '../core/auth.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { noteStatus } from '../tokens/noted-status.ts'
import type { Logger } from './log.ts'
import { allowed, pathOf, type Route } from './route.ts'

export interface AnswerExchangeOptions {
  readonly auth: Pick<Auth, 'refusal' | 'headers'>
  /** Throws for a request that is not to be looked at, such as one for a host that is not served. */
  readonly check: (request: AuthRequest) => void
  readonly log: Logger
  /** What is answered where there is no route; `null`: that there is nothing (always `null`). */
  readonly stray?: ((exchange: Exchange) => Promise<Answer> | null) | undefined
}

/** Answers a request by its route, wherever it came in. Whatever goes wrong becomes an answer. */
export function answerExchange(
  options: AnswerExchangeOptions,
): (exchange: Exchange, route: Route | null) => Promise<Answer> {
  const { auth, check, log, stray } = options

  async function answer(exchange: Exchange, route: Route | null): Promise<Answer> {
    check(exchange)
    if (route === null) {
      const page = stray?.(exchange) ?? null
      if (page === null) throw new RequestRefused('not_found')
      return page
    }
    if (route.guard !== undefined && isPreflight(exchange)) return { status: 204, headers: [], body: '' }
    await route.guard?.(exchange)
    const { method } = exchange
    const endpoint = route.methods[method] ?? (method === 'HEAD' ? route.methods['GET'] : undefined)
    if (endpoint !== undefined) {
      const result = await endpoint(exchange)
      const more = (route.door ?? auth).headers(exchange)
      return more.length === 0 ? result : { ...result, headers: [...result.headers, ...more] }
    }
    if (method === 'OPTIONS') return { status: 204, headers: [['allow', allowed(route)]], body: '' }
    throw new RequestRefused('method_not_allowed', undefined, { headers: { allow: allowed(route) } })
  }

  function refuse(exchange: Exchange, error: unknown, route: Route | null): Answer {
    const door = route?.door ?? auth
    if (error instanceof AuthError) {
      if (error.status >= 500) log.warn({ err: error, requestId: exchange.requestId }, 'refused for want of something')
      return door.refusal(exchange, error)
    }
    log.error(
      { err: error, requestId: exchange.requestId, method: exchange.method, path: pathOf(exchange.url) },
      'a fault',
    )
    return door.refusal(exchange, error)
  }

  return async (exchange, route) => {
    let result: Answer
    try {
      result = await answer(exchange, route)
    } catch (error) {
      result = refuse(exchange, error, route)
    }
    noteStatus(exchange, result.status)
    return result
  }
}

/**
 * What a browser asks before a request from another site (Fetch, section 4.8): it never brings a credential, so a guard would
 * answer for a request that is not the one that is meant. It is told nothing, and without CORS headers it asks no further.
 */
function isPreflight({ method, headers }: Exchange): boolean {
  return method === 'OPTIONS' && headers.get('origin') !== null && headers.get('access-control-request-method') !== null
}
