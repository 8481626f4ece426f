import type { Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { PushedRequestRow, Schema } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { readParameters, writeParameters } from './checks/authorization-parameters.ts'
import type { OAuthClient } from './client.ts'
import type { OAuthParameters } from './oauth-endpoint.ts'

/** An authorization request that its client has pushed (RFC 9126). */
export interface PushedRequest {
  readonly id: bigint
  readonly parameters: OAuthParameters
}

export interface PushedRequestsOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds from the push until sign-in has to begin (60). RFC 9126, section 2.2, suggests 5 to 600. */
  readonly pushedRequestLifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Where a pushed request came from, for the audit log. */
export interface Pushed {
  readonly client: OAuthClient
  readonly parameters: OAuthParameters
  readonly address: string | null
  readonly requestId?: string | undefined
}

/** Authorization requests that wait for a browser. Each leads to one code at most. */
export interface PushedRequests {
  /** Stores a request that was checked, without credentials that came with it. Throws `RequestRefused` for a huge one. */
  readonly push: (pushed: Pushed) => Promise<{
    readonly requestUri: string
    /** Seconds. */
    readonly expiresIn: number
  }>
  /**
   * Finds the request behind a `request_uri` again: `null` where it is unknown, expired, spent, or another client's, all
   * alike. It may be found as often as the browser comes back, as when a page is loaded anew, until it is spent.
   */
  readonly find: (requestUri: string, client: Pick<OAuthClient, 'key' | 'id'>) => Promise<PushedRequest | null>
  /**
   * Uses a request up, in the unit that issues the code for it: of many at once, one is told `true`. Where it is `false`, it
   * was used or has expired, and no code may be issued (RFC 9126, section 7.3).
   */
  readonly spend: (unit: Transaction<Schema>, request: Pick<PushedRequest, 'id'>) => Promise<boolean>
}

/** Whether a `request_uri` is one that was given out here, by its look. All others would have to be fetched. */
export function isPushedUri(requestUri: string): boolean {
  return requestUri.startsWith(prefix)
}

/** More than any browser would have carried. */
const longest = 16_384

/** Milliseconds that whoever began has to sign in and decide. */
const patience = 600_000

const prefix = 'urn:ietf:params:oauth:request_uri:'

export function createPushedRequests(options: PushedRequestsOptions): PushedRequests {
  const { database, format, pushedRequestLifetime: lifetime = 60, clock = Date.now } = options
  const lookup = database.lookup<PushedRequestRow>((read, match) =>
    read.selectFrom('pushed_requests').selectAll().where(match('id')),
  )

  /** Whoever has come in time may take their time to sign in. */
  async function begin({ id, expires_at: end }: PushedRequestRow, now: number): Promise<void> {
    await database.write(async (unit) => {
      await unit
        .updateTable('pushed_requests')
        .set({ begun_at: now, expires_at: Math.max(now + patience, end) })
        .where('id', '=', id)
        .where('begun_at', 'is', null)
        .where('expires_at', '>', now)
        .execute()
    })
  }

  return {
    push: async ({ client, parameters, address, requestId = null }) => {
      const text = writeParameters(parameters)
      if (text.length > longest) {
        throw new RequestRefused(
          'payload_too_large',
          `A request that is pushed may have ${longest} characters at most.`,
        )
      }
      const now = Math.floor(clock())
      const id = database.newId()
      const token = format.make('par', id)
      const row = {
        id,
        digest: token.digest,
        client_id: client.key,
        parameters: text,
        created_at: now,
        expires_at: now + lifetime * 1000,
        begun_at: null,
        spent_at: null,
      }
      const audit = {
        event: 'authorization_request.pushed',
        actor: `client:${client.id}`,
        subject: `pushed_request:${formatId(id)}`,
        address,
        requestId,
        detail: { client: client.id },
      }
      await database.append({ pushed_requests: row, audit })
      return { requestUri: prefix + token.text, expiresIn: lifetime }
    },

    find: async (requestUri, client) => {
      const token = isPushedUri(requestUri) ? format.parse(requestUri.slice(prefix.length)) : null
      if (token?.kind !== 'par') return null
      const row = await lookup(token.id)
      const now = Math.floor(clock())
      // RFC 9126, section 4: bound to the client that pushed it.
      if (row === null || !equalBytes(row.digest, token.digest) || row.client_id !== client.key) return null
      if (row.spent_at !== null || now >= row.expires_at) return null
      if (row.begun_at === null) await begin(row, now)
      return { id: row.id, parameters: readParameters(client.id, row.parameters) }
    },

    spend: async (unit, { id }) => {
      const now = Math.floor(clock())
      const spent = await unit
        .updateTable('pushed_requests')
        .set({ spent_at: now })
        .where('id', '=', id)
        .where('spent_at', 'is', null)
        .where('expires_at', '>', now)
        .returning('id')
        .executeTakeFirst()
      return spent !== undefined
    },
  }
}
