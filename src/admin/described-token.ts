import { equalBytes } from '../crypto/compare.ts'
import { parseJws, verifyJws } from '../crypto/jws.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import { adoptedId, isAdoptable } from '../tokens/adopted-token.ts'
import { type ParsedToken, type TokenFormat, type TokenKind, tokenKinds } from '../tokens/format.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import { digest } from '../crypto/digest.ts'

/** What is known of a token that somebody pasted. The token itself is not in it. Times are milliseconds since 1970. */
export interface DescribedToken {
  /** `an access token`. */
  readonly what: string
  /** `good` as far as its own row tells; `over`; `unknown`: nothing of that kind is, or was, here. */
  readonly state: 'good' | 'over' | 'unknown'
  /** Why it is over, or what is odd about it (nothing). */
  readonly note?: string
  /** Whose it is: `user:4fQ…`. */
  readonly owner: string | null
  /** `client:…` that it was given to. */
  readonly client: string | null
  readonly scopes: readonly string[]
  readonly issuedAt: number | null
  readonly expiresAt: number | null
  /** The page where it can be ended (none). */
  readonly href: string | null
  /** The claims of a JWT, read whether or not they can be believed. */
  readonly claims?: Readonly<Record<string, unknown>>
}

export interface DescribeTokenOptions {
  readonly database: Pick<Database, 'read'>
  readonly format: Pick<TokenFormat, 'parse'>
  readonly keys: Pick<SigningKeys, 'find'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Looks a token up by its digest. It is compared and forgotten: neither stored, nor logged, nor shown. */
export type DescribeToken = (text: string) => Promise<DescribedToken | null>

export function createDescribeToken({ database: { read }, format, keys, clock }: DescribeTokenOptions): DescribeToken {
  const finders: Readonly<Partial<Record<TokenKind, (token: ParsedToken) => Promise<Known | null>>>> = {
    pat: async ({ id, digest: shown }) => apiToken(id, shown),
    live: apiKey,
    test: apiKey,
    ses: async ({ id, digest: shown }) => {
      const row = await read.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
      if (row === undefined || !equalBytes(row.digest, shown)) return null
      const owner = `user:${formatId(row.user_id)}`
      return {
        owner,
        issuedAt: row.created_at,
        expiresAt: row.expires_at,
        href: `/admin/users/${formatId(row.user_id)}/sessions/`,
      }
    },
    at: async ({ id, digest: shown }) => {
      const row = await read
        .selectFrom('access_tokens')
        .innerJoin('clients', 'clients.id', 'access_tokens.client_id')
        .leftJoin('grants', 'grants.id', 'access_tokens.grant_id')
        .selectAll('access_tokens')
        .select(['clients.identifier', 'grants.revoked_at'])
        .where('access_tokens.id', '=', id)
        .executeTakeFirst()
      if (row === undefined || !equalBytes(row.digest, shown)) return null
      const client = `client:${row.identifier}`
      return {
        owner: row.user_id === null ? client : `user:${formatId(row.user_id)}`,
        client,
        scopes: row.scopes,
        issuedAt: row.created_at,
        expiresAt: row.expires_at,
        endedAt: row.revoked_at,
        href:
          row.grant_id === null
            ? `/admin/applications/${encodeURIComponent(row.identifier)}/danger/`
            : grantPath(row.grant_id),
      }
    },
    rt: async ({ id, digest: shown }) => {
      const row = await read
        .selectFrom('grant_tokens')
        .innerJoin('grants', 'grants.id', 'grant_tokens.grant_id')
        .innerJoin('clients', 'clients.id', 'grants.client_id')
        .selectAll('grant_tokens')
        .select(['clients.identifier', 'grants.revoked_at', 'grants.user_id', 'grants.scopes'])
        .where('grant_tokens.id', '=', id)
        .executeTakeFirst()
      if (row === undefined || !equalBytes(row.digest, shown)) return null
      return {
        owner: `user:${formatId(row.user_id)}`,
        client: `client:${row.identifier}`,
        scopes: row.scopes,
        issuedAt: row.created_at,
        expiresAt: row.expires_at,
        endedAt: row.revoked_at ?? row.spent_at,
        ...(row.spent_at === null ? {} : { note: 'It was used already: showing it again ends its grant.' }),
        href: grantPath(row.grant_id),
      }
    },
    sec: async ({ id, digest: shown }) => {
      const row = await read.selectFrom('clients').selectAll().where('id', '=', id).executeTakeFirst()
      const digests = [row?.secret_digest, row?.next_secret_digest]
      if (row === undefined || !digests.some((one) => one && equalBytes(one, shown))) return null
      const isNew = row.next_secret_digest !== null && equalBytes(row.next_secret_digest, shown)
      const client = `client:${row.identifier}`
      return {
        owner: client,
        client,
        issuedAt: row.created_at,
        expiresAt: isNew ? null : row.rotation_ends_at,
        ...(row.is_active === 1 ? {} : { endedAt: row.created_at, note: 'The application is disabled.' }),
        href: `/admin/applications/${encodeURIComponent(row.identifier)}/credentials/`,
      }
    },
  }

  async function apiToken(id: bigint, shown: Uint8Array): Promise<Known | null> {
    const row = await read.selectFrom('api_tokens').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined || !equalBytes(row.digest, shown)) return null
    return { ...ownedBy(row), issuedAt: row.created_at, expiresAt: row.expires_at, href: credentialsOf(row) }
  }

  async function apiKey({ id, digest: shown }: ParsedToken): Promise<Known | null> {
    const row = await read.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) return null
    const isNext = row.next_digest !== null && equalBytes(row.next_digest, shown)
    if (!isNext && !equalBytes(row.digest, shown)) return null
    const endedAt = row.revoked_at ?? row.disabled_at
    return {
      ...ownedBy(row),
      scopes: row.scopes,
      issuedAt: row.created_at,
      expiresAt: isNext ? row.expires_at : (row.rotation_ends_at ?? row.expires_at),
      endedAt,
      ...(row.disabled_at !== null && row.revoked_at === null ? { note: 'The key is switched off for now.' } : {}),
      href: `/admin/keys/${formatId(id)}/`,
    }
  }

  async function jwt(text: string): Promise<DescribedToken | null> {
    const jws = parseJws(text)
    if (jws === null) return null
    const key = await keys.find(jws.header)
    const claims = claimsIn(jws.payload)
    const isOurs = key !== null && verifyJws(jws, key)
    const at = (name: string): number | null => (typeof claims[name] === 'number' ? claims[name] * 1000 : null)
    const expiresAt = at('exp')
    const isOver = expiresAt !== null && expiresAt <= clock()
    return {
      what: typeof jws.header.typ === 'string' ? `a JWT (${jws.header.typ})` : 'a JWT',
      state: !isOurs ? 'unknown' : isOver ? 'over' : 'good',
      note: isOurs
        ? 'Signed by this server. Whether it was revoked is told by the access tester.'
        : 'It was not signed with a key of this server: what it says cannot be believed.',
      owner: isOurs && typeof claims['sub'] === 'string' ? `user:${claims['sub']}` : null,
      client: isOurs && typeof claims['client_id'] === 'string' ? `client:${claims['client_id']}` : null,
      scopes: typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : [],
      issuedAt: at('iat'),
      expiresAt,
      href: null,
      claims,
    }
  }

  return async (text) => {
    const token = format.parse(text)
    if (token === null && !isAdoptable(text)) return jwt(text)
    const what = token === null ? 'a token of Django REST framework' : tokenKinds[token.kind]
    const finder = token === null ? null : finders[token.kind]
    if (finder === undefined)
      return { ...nothing, what, note: 'Tokens of this kind are used once, and cannot be looked up.' }
    const known =
      finder === null || token === null ? await apiToken(adoptedId(text), digest(text)) : await finder(token)
    if (known === null)
      return { ...nothing, what, note: 'There is none like it here: it was never issued, or is gone.' }
    const { endedAt = null, scopes = '', client = null, ...rest } = known
    const isOver = endedAt !== null || (known.expiresAt !== null && known.expiresAt <= clock())
    return {
      ...rest,
      client,
      what,
      state: isOver ? 'over' : 'good',
      scopes: scopes.split(' ').filter((word) => word !== ''),
    }
  }
}

interface Known {
  readonly owner: string
  readonly client?: string
  /** With spaces between. */
  readonly scopes?: string
  readonly issuedAt: number
  readonly expiresAt: number | null
  readonly endedAt?: number | null
  readonly note?: string
  readonly href: string
}

const nothing = {
  state: 'unknown',
  owner: null,
  client: null,
  scopes: [],
  issuedAt: null,
  expiresAt: null,
  href: null,
} as const

interface OwnerColumns {
  readonly user_id: bigint | null
  readonly service_account_id: bigint | null
}

function ownedBy({ user_id: user, service_account_id: account }: OwnerColumns): { readonly owner: string } {
  return { owner: user === null ? `service_account:${formatId(account ?? 0n)}` : `user:${formatId(user)}` }
}

function credentialsOf({ user_id: user, service_account_id: account }: OwnerColumns): string {
  return user === null
    ? `/admin/service-accounts/${formatId(account ?? 0n)}/`
    : `/admin/users/${formatId(user)}/credentials/`
}

function grantPath(id: bigint): string {
  return `/admin/grants/${formatId(id)}/`
}

function claimsIn(payload: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
