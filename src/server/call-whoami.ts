import type { Auth } from '../core/auth.ts'
import { AuthError } from '../core/errors.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { noteStatus } from '../tokens/noted-status.ts'
import { whoamiRoute } from './whoami-route.ts'

/**
 * What the API answers to `GET /api/whoami/` with a key, from the address of a request. The key is looked at as it is at the door,
 * throttles and counting of uses included.
 */
export function createCallWhoami(auth: Auth): (from: Exchange, key: string) => Promise<Answer> {
  const route = whoamiRoute(auth)
  return async ({ address, peer, requestId }, key) => {
    const exchange: Exchange = {
      method: 'GET',
      url: route.path,
      headers: new Headers(isHeaderText(key) ? { 'x-api-key': key } : {}),
      address,
      peer,
      requestId,
      body: async () => new Uint8Array(0),
    }
    const answer = await answerTo(exchange)
    noteStatus(exchange, answer.status)
    return answer
  }

  async function answerTo(exchange: Exchange): Promise<Answer> {
    try {
      const answer = await route.methods['GET']?.(exchange)
      if (answer === undefined) throw new TypeError('There is no GET of whoami.')
      return { ...answer, headers: [...answer.headers, ...auth.headers(exchange)] }
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      return auth.refusal(exchange, error)
    }
  }
}

/** Everything else cannot stand in a header, and so is no key. */
function isHeaderText(key: string): boolean {
  return /^[!-~]{1,500}$/.test(key)
}
