import { errorCodes, type ErrorCode } from '../core/errors.ts'
import type { Received } from './raw-exchange.contract.ts'

/**
 * One exchange: a sentence about behaviour, the request line, its headers, what is answered, and the request's body. `{jwt}`
 * stands for the credential of that name. Of a handler's answer status and body count; a refusal is held to every byte.
 */
export type AdapterCase = readonly [
  does: string,
  request: string,
  headers: readonly string[],
  answer: Answer,
  body?: string,
]

export type Answer = { readonly status: number; readonly json: unknown } | Received

export interface RefusedOptions {
  readonly detail?: string
  readonly status?: number
  /** `WWW-Authenticate`. */
  readonly offers?: string
  /** Members of the body before `detail`. */
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** The refusal of a code as it goes over the wire. */
export function refused(code: string, options: RefusedOptions = {}): Received {
  const [status, detail] = errorCodes[code as ErrorCode] ?? [401, '']
  const body = JSON.stringify({ ...options.body, detail: options.detail ?? detail, code })
  return {
    status: options.status ?? status,
    headers: {
      'content-length': String(Buffer.byteLength(body)),
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(options.offers === undefined ? {} : { 'www-authenticate': options.offers }),
      ...options.headers,
    },
    body,
  }
}

/** The same to a HEAD request (RFC 9110, section 9.3.2). */
export function withoutBody({ status, headers }: Received): Received {
  return { status, headers, body: '' }
}

/** A handler's answer. */
export function ok(json: unknown): Answer {
  return { status: 200, json }
}

/** The answer of a handler that tells who came, and how. */
export function as(via: string, name = 'ada'): Answer {
  return ok({ via, name })
}

/** The offers of the door with every way in; `said` is what the bearer challenge says. */
export function offers(said: { readonly [Scheme in 'token' | 'bearer' | 'key']?: string } = {}): string {
  const { token = '', bearer = '', key = '' } = said
  return `Basic realm="api", charset="UTF-8", Token${token}, Bearer realm="api"${bearer}, Api-Key realm="api"${key}`
}

/** The 401 to a stranger there. */
export const nobody: Received = refused('not_authenticated', { offers: offers() })
