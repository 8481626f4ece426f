import type { CustomFetch, CustomFetchOptions } from 'openid-client'
import { FetchRefused, type SafeFetch, type SafeFetchRequest } from '../http/safe-fetch.ts'

/** Lets `openid-client` ask by way of the house's one client for outbound requests, with all that it refuses. */
export function outboundFetch(fetch: SafeFetch): CustomFetch {
  return async (url, options) => {
    const { status, headers, body } = await fetch(url, requestOf(options))
    if (status >= 500) throw new FetchRefused('unreachable', `The other server answered with ${status}.`)
    // A response with one of these statuses may have no body (Fetch, section 2.2.6).
    const content = status === 204 || status === 304 || status < 200 ? null : new Uint8Array(body)
    return new Response(content, { status, headers })
  }
}

/** Whether a failure of `openid-client` is that the other side could not be asked, rather than what it said. */
export function isUnreachable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof FetchRefused || cause.name === 'TimeoutError' || cause.name === 'AbortError') return true
  }
  return false
}

function requestOf({ method, headers, body }: CustomFetchOptions): SafeFetchRequest {
  if (method !== 'GET' && method !== 'POST') throw new TypeError(`A provider is not asked with ${method}.`)
  const fields = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (body === null || body === undefined) return { method, headers: fields }
  if (body instanceof URLSearchParams) return { method, headers: fields, body: body.toString() }
  if (typeof body === 'string' || body instanceof Uint8Array) return { method, headers: fields, body }
  throw new TypeError('A body has to be a form, a text or bytes.')
}
