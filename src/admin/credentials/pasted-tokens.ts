import type { SessionList } from '../../accounts/session-list.ts'
import type { Sessions } from '../../accounts/sessions.ts'
import { RequestRefused } from '../../core/errors.ts'
import { equalBytes } from '../../crypto/compare.ts'
import { digest as digestOf } from '../../crypto/digest.ts'
import type { GrantList } from '../../oauth/grant-list.ts'
import type { Grants } from '../../oauth/grants.ts'
import type { Database } from '../../storage/database.ts'
import { formatId } from '../../storage/id.ts'
import { adoptedId, isAdoptable } from '../../tokens/adopted-token.ts'
import type { ApiKeyList } from '../../tokens/api-key-list.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import type { ApiTokens } from '../../tokens/api-tokens.ts'
import type { TokenFormat } from '../../tokens/format.ts'
import { type By, type Owner, ownerOf } from '../../tokens/owner.ts'
import { wordsOf } from '../../tokens/principal.ts'
import { createPastedJwts, type PastedJwtStores } from './pasted-jwts.ts'

/** What a pasted text turned out to be. Times are milliseconds since 1970. */
export interface PastedToken {
  readonly kind: 'access_token' | 'refresh_token' | 'api_key' | 'api_token' | 'session' | 'client_secret'
  readonly id: string
  /** Whether it is looked up at each use, or verified by itself. */
  readonly format: 'opaque' | 'jwt'
  readonly state: 'active' | 'expired' | 'revoked' | 'disabled' | 'spent'
  /** `null`: a client acts for itself. */
  readonly owner: Owner | null
  readonly clientId: string | null
  /** What it hangs on, and ends with. */
  readonly grantId: string | null
  /** `null`: nothing narrows it. */
  readonly scopes: readonly string[] | null
  readonly createdAt: number
  readonly expiresAt: number | null
}

/** Finds out about tokens by their whole text, which is kept nowhere. */
export interface PastedTokens {
  /** `null` for a text that is no token of ours, or whose secret is wrong, or that is gone. */
  readonly find: (text: string) => Promise<PastedToken | null>
  /** Ends it: a refresh token with its whole grant. Harmless twice. Throws `RequestRefused` (`not_found`) where `find` is `null`. */
  readonly revoke: (text: string, by: By) => Promise<void>
}

export interface PastedTokenStores extends PastedJwtStores {
  readonly database: Database
  readonly format: TokenFormat
  readonly grantList: GrantList
  readonly keyList: ApiKeyList
  readonly sessionList: SessionList
  readonly apiKeys: Pick<ApiKeys, 'revoke'>
  readonly apiTokens: Pick<ApiTokens, 'revoke'>
  readonly sessions: Pick<Sessions, 'end'>
  readonly grants: Pick<Grants, 'end'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

interface Pasted extends PastedToken {
  readonly end: (by: By) => Promise<unknown>
}

export function createPastedTokens(stores: PastedTokenStores): PastedTokens {
  const { database, format, grantList, keyList, sessionList, apiKeys, apiTokens, sessions, grants, clock } = stores
  const jwts = createPastedJwts(stores)

  async function look(text: string): Promise<Pasted | null> {
    const parsed = format.parse(text)
    if (parsed === null) return isAdoptable(text) ? apiToken(adoptedId(text), digestOf(text)) : jwts(text)
    const { kind, id } = parsed
    const isIt = async (table: 'access_tokens' | 'grant_tokens' | 'api_keys' | 'sessions'): Promise<boolean> => {
      const row = await database.read.selectFrom(table).select('digest').where('id', '=', id).executeTakeFirst()
      return row !== undefined && equalBytes(row.digest, parsed.digest)
    }
    if (kind === 'at') return (await isIt('access_tokens')) ? accessToken(id) : null
    if (kind === 'rt') return (await isIt('grant_tokens')) ? refreshToken(id) : null
    if (kind === 'live' || kind === 'test') return apiKey(id, parsed.digest)
    if (kind === 'ses') return (await isIt('sessions')) ? session(id) : null
    if (kind === 'sec') return clientSecret(id, parsed.digest)
    return kind === 'pat' ? apiToken(id, parsed.digest) : null
  }

  function stateOf(expiresAt: number | null): 'active' | 'expired' {
    return expiresAt !== null && expiresAt <= clock() ? 'expired' : 'active'
  }

  async function accessToken(id: bigint): Promise<Pasted | null> {
    const row = await database.read
      .selectFrom('access_tokens')
      .innerJoin('clients', 'clients.id', 'access_tokens.client_id')
      .selectAll('access_tokens')
      .select('clients.identifier')
      .where('access_tokens.id', '=', id)
      .executeTakeFirst()
    if (row === undefined) return null
    const grant = row.grant_id === null ? null : await grantList.read(formatId(row.grant_id))
    const isOver = row.grant_id !== null && (grant === null || grant.revokedAt !== null)
    const subject = `access_token:${formatId(id)}`
    return {
      kind: 'access_token',
      id: formatId(id),
      format: 'opaque',
      state: isOver ? 'revoked' : stateOf(row.expires_at),
      owner: row.user_id === null ? null : { kind: 'user', id: formatId(row.user_id) },
      clientId: row.identifier,
      grantId: row.grant_id === null ? null : formatId(row.grant_id),
      scopes: wordsOf(row.scopes),
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      end: async (by) =>
        database.write(async (unit) => {
          const gone = unit.deleteFrom('access_tokens').where('id', '=', id).returning('id')
          if ((await gone.executeTakeFirst()) === undefined) return
          const detail = { client: row.identifier }
          await database.audit(unit, { ...by, event: 'access_token.revoked', subject, detail })
        }),
    }
  }

  async function refreshToken(id: bigint): Promise<Pasted | null> {
    const row = await database.read.selectFrom('grant_tokens').selectAll().where('id', '=', id).executeTakeFirst()
    const grant = row === undefined ? null : await grantList.read(formatId(row.grant_id))
    if (row === undefined || grant === null) return null
    return {
      kind: 'refresh_token',
      id: formatId(id),
      format: 'opaque',
      state: grant.revokedAt !== null ? 'revoked' : row.spent_at !== null ? 'spent' : stateOf(row.expires_at),
      owner: { kind: 'user', id: grant.userId },
      clientId: grant.clientId,
      grantId: grant.id,
      scopes: grant.scopes,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      end: async (by) => grants.end(row.grant_id, 'revoked', by),
    }
  }

  async function apiKey(id: bigint, digest: Uint8Array): Promise<Pasted | null> {
    const columns = ['digest', 'next_digest'] as const
    const row = await database.read.selectFrom('api_keys').select(columns).where('id', '=', id).executeTakeFirst()
    const isOld = row !== undefined && equalBytes(row.digest, digest)
    const isNew = row !== undefined && row.next_digest !== null && equalBytes(row.next_digest, digest)
    const key = isOld || isNew ? await keyList.read(formatId(id)) : null
    if (key === null) return null
    const { revokedAt, disabledAt, expiresAt } = key
    return {
      kind: 'api_key',
      id: key.id,
      format: 'opaque',
      state: revokedAt !== null ? 'revoked' : disabledAt !== null ? 'disabled' : stateOf(expiresAt),
      owner: key.owner,
      clientId: null,
      grantId: null,
      scopes: key.scopes,
      createdAt: key.createdAt,
      expiresAt,
      end: async (by) => apiKeys.revoke(key.id, { by }),
    }
  }

  async function clientSecret(id: bigint, digest: Uint8Array): Promise<Pasted | null> {
    const row = await database.read.selectFrom('clients').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) return null
    const isNext = row.next_secret_digest !== null && equalBytes(row.next_secret_digest, digest)
    const isOne = isNext || (row.secret_digest !== null && equalBytes(row.secret_digest, digest))
    if (!isOne) return null
    const expiresAt = isNext ? null : row.rotation_ends_at
    return {
      kind: 'client_secret',
      id: formatId(id),
      format: 'opaque',
      state: row.is_active === 1 ? stateOf(expiresAt) : 'disabled',
      owner: null,
      clientId: row.identifier,
      grantId: null,
      scopes: null,
      createdAt: row.created_at,
      expiresAt,
      end: async () => {
        throw new RequestRefused(
          'conflict',
          'A client secret is ended by a rotation: start one, and finish it at once.',
        )
      },
    }
  }

  /** By its row alone: to look is no use of it, and its owner may be disabled. */
  async function apiToken(key: bigint, digest: Uint8Array): Promise<Pasted | null> {
    const row = await database.read.selectFrom('api_tokens').selectAll().where('id', '=', key).executeTakeFirst()
    if (row === undefined || !equalBytes(row.digest, digest)) return null
    const id = formatId(key)
    return {
      kind: 'api_token',
      id,
      format: 'opaque',
      state: stateOf(row.expires_at),
      owner: ownerOf(row),
      clientId: null,
      grantId: null,
      scopes: null,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      end: async (by) => apiTokens.revoke(id, { by }),
    }
  }

  async function session(id: bigint): Promise<Pasted | null> {
    const found = await sessionList.read(formatId(id))
    if (found === null) return null
    return {
      kind: 'session',
      id: found.id,
      format: 'opaque',
      state: 'active',
      owner: { kind: 'user', id: found.userId },
      clientId: null,
      grantId: null,
      scopes: null,
      createdAt: found.createdAt,
      expiresAt: found.expiresAt,
      end: async (by) => sessions.end(found.id, undefined, by),
    }
  }

  return {
    find: async (text) => {
      const found = await look(text.trim())
      if (found === null) return null
      const { end: _, ...token } = found
      return token
    },
    revoke: async (text, by) => {
      const found = await look(text.trim())
      if (found === null) throw new RequestRefused('not_found')
      await found.end(by)
    },
  }
}
