import { FetchRefused, type SafeFetch } from '../http/safe-fetch.ts'
import { formatId } from '../storage/id.ts'
import { createOutboxWorker, type OutboxWorker } from '../storage/outbox-worker.ts'
import type { OAuthClient } from './client.ts'
import type { IdTokens } from './id-tokens.ts'
import type { DueNotice, LogoutNotices } from './logout-notices.ts'

export interface LogoutSenderOptions {
  readonly notices: Pick<LogoutNotices, 'take' | 'done' | 'failed'>
  readonly idTokens: Pick<IdTokens, 'signFor'>
  readonly newId: () => bigint
  readonly issuer: string
  /** It has a time limit of its own: 5 seconds where nothing else was said. */
  readonly fetch: SafeFetch
  /** Milliseconds between two looks for notices of other processes, and for those that have to be tried again (10,000). */
  readonly interval?: number
  /** Hears of what went wrong on our side (nothing). */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Tells clients of sign-ins that ended, beside all requests: nobody who signs out waits for it. */
export function createLogoutSender(options: LogoutSenderOptions): OutboxWorker {
  const { notices, fetch, interval, onError = () => undefined, clock = Date.now } = options

  async function deliverOne(due: DueNotice): Promise<void> {
    const fault = due.client === null ? 'client_not_active' : await send(due, due.client)
    await (fault === null ? notices.done(due) : notices.failed(due, fault))
  }

  /** Section 2.5 and 2.8: what went wrong, in a word; `null` where the client has signed the person out. */
  async function send({ notice }: DueNotice, client: OAuthClient): Promise<string | null> {
    try {
      const { status } = await fetch(client.metadata.backchannelLogoutUri ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ logout_token: await logoutToken(client, notice, options, clock()) }).toString(),
      })
      return status === 200 || status === 204 ? null : `status_${status}`
    } catch (error) {
      if (error instanceof FetchRefused) return error.reason
      onError(error)
      return 'fault'
    }
  }

  return createOutboxWorker({ take: notices.take, deliverOne, interval, onError })
}

/** Section 2.4. There is no nonce in it, so that nothing takes it for an ID token. */
async function logoutToken(
  client: OAuthClient,
  { subject, sid }: DueNotice['notice'],
  { idTokens, newId, issuer }: Pick<LogoutSenderOptions, 'idTokens' | 'newId' | 'issuer'>,
  now: number,
): Promise<string> {
  const iat = Math.floor(now / 1000)
  const claims = {
    iss: issuer,
    aud: client.id,
    iat,
    exp: iat + 120,
    jti: formatId(newId()),
    sub: subject,
    ...(sid === null ? {} : { sid }),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }
  return idTokens.signFor(client, claims, { typ: 'logout+jwt' })
}
