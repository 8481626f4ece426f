import { AuthError } from '../core/errors.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { errorPage } from '../pages/error.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import { type AnswerClient, refusalOf, type ReturnAddress } from './answer-client.ts'
import type { OAuthError } from './oauth-error.ts'
import type { SentRequest } from './sent-request.ts'

export interface RefusedRequestsOptions {
  readonly answerClient: AnswerClient
  readonly site?: Site
  readonly secure?: boolean
  /** Hears of requests that no client could be told of, for the log (nothing). */
  readonly onRequestRefused?: (refused: RefusedRequest) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What was wrong with a request, and the beginnings of what it said, without characters that a log chokes on. */
export interface RefusedRequest {
  readonly code: string
  readonly reason: string
  readonly clientId: string | null
  readonly redirectUri: string | null
  readonly requestId: string | null
}

/** Authorization requests whose refusal is told to the person. */
export interface RefusedRequests {
  /** What may go back to no client is told to the person, with nothing to click that leads away (RFC 9700, section 4.11.2). */
  readonly onPage: (
    exchange: Exchange,
    read: () => Promise<SentRequest>,
    act: (sent: SentRequest) => Promise<Answer>,
  ) => Promise<Answer>
  /** The person is told where an application wants them to be led, and goes there or does not (the same). */
  readonly leaveToThem: (exchange: Exchange, to: ReturnAddress, error: OAuthError) => Promise<Answer>
}

export function createRefusedRequests(options: RefusedRequestsOptions): RefusedRequests {
  const { answerClient, site = {}, secure = true, onRequestRefused, clock = Date.now } = options

  return {
    onPage: async (exchange, read, act) => {
      let sent: SentRequest | null = null
      try {
        sent = await read()
        return await act(sent)
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        const { code, message, headers = {} } = error
        const status = error.status === 401 ? 400 : error.status
        const { requestId = null } = exchange
        const { client_id: clientId, redirect_uri: redirectUri } = sent?.fields ?? {}
        const said = { clientId: beginning(clientId), redirectUri: beginning(redirectUri) }
        onRequestRefused?.({ code, reason: message, requestId, ...said })
        const page = await errorPage({ site, status, code, detail: message, requestId, time: clock() })
        return htmlAnswer(page, { status, secure, keepsOpener: true, headers: Object.entries(headers) })
      }
    },

    leaveToThem: async (exchange, to, error) => {
      const { client, redirectUri } = to
      const requestId = exchange.requestId ?? null
      onRequestRefused?.({
        code: error.code,
        reason: error.message,
        clientId: beginning(client.id),
        redirectUri: beginning(redirectUri),
        requestId,
      })
      // A link carries no form.
      const mode = to.mode === 'form_post' ? 'query' : to.mode
      const { headers } = await answerClient({ ...to, mode }, refusalOf(error))
      const [, href = redirectUri] = headers.find(([name]) => name === 'location') ?? []
      const page = await errorPage({
        site,
        status: 400,
        code: error.code,
        detail: `An application that nobody here has looked at asked for something that cannot be done: ${error.message}`,
        requestId,
        time: clock(),
        link: { href, text: `Go on to ${new URL(redirectUri).host}` },
      })
      return htmlAnswer(page, { status: 400, secure, keepsOpener: true })
    },
  }
}

/**
 * Whether a person may be led there unasked: where somebody here has looked at the application, and where it is on their own
 * machine. Anybody can register another place, and send a request that is wrong, only to have people led to it from here.
 */
export function isKnownPlace({ client, redirectUri }: ReturnAddress): boolean {
  return client.source === 'manual' || !redirectUri.startsWith('https://')
}

function beginning(text: string | undefined): string | null {
  return text?.slice(0, 200).replaceAll(/\p{C}/gu, '?') ?? null
}
