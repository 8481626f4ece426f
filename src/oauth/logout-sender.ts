import { FetchRefused, type SafeFetch } from '../http/safe-fetch.ts'
import { formatId } from '../storage/id.ts'
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
export interface LogoutSender {
  /** Looks in a moment. */
  readonly soon: () => void
  /** Delivers what is due now. */
  readonly deliver: () => Promise<void>
  /** Stops, and waits for what is under way. What is left is for another process, or the next start. */
  readonly close: () => Promise<void>
}

export function createLogoutSender(options: LogoutSenderOptions): LogoutSender {
  const { notices, fetch, interval = 10_000, onError = () => undefined, clock = Date.now } = options
  let running: Promise<void> = Promise.resolve()
  let isClosed = false
  let wake: NodeJS.Timeout | undefined
  const timer = setInterval(soon, interval).unref()

  function soon(): void {
    if (isClosed) return
    // After the unit, and only where this process lives on: a command is not to wait for the servers of others.
    wake ??= setTimeout(() => {
      wake = undefined
      void deliver().catch(onError)
    }, pause).unref()
  }

  async function deliver(): Promise<void> {
    const mine = running.then(deliverAll)
    running = mine.catch(() => undefined)
    await mine
  }

  async function deliverAll(): Promise<void> {
    let due = isClosed ? [] : await notices.take()
    while (due.length > 0) {
      await Promise.all(due.map(deliverOne))
      due = isClosed ? [] : await notices.take()
    }
  }

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

  return {
    soon,
    deliver,
    close: async () => {
      isClosed = true
      clearInterval(timer)
      clearTimeout(wake)
      await running
    },
  }
}

/** Milliseconds. */
const pause = 50

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
