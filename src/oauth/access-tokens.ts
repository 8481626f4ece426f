import type { Found } from '../core/authenticator.ts'
import type { Client, Membership, User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database, Rows } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { AccessTokenRow } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { boundUser } from '../tokens/bound-user.ts'
import { organisationSlug } from '../tokens/roles-held.ts'
import { toUser, type UserColumns, userColumns, wordsOf } from '../tokens/principal.ts'
import { type SignInFacts, signInFacts } from './sign-in-facts.ts'

/** What a caller has to prove to hold, beside the token: a key (RFC 9449, section 6) or a certificate (RFC 8705, section 3.1). */
export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string }

/** Who acts for the subject; nested, where they act for somebody in turn (RFC 8693, section 4.1). */
export interface Actor {
  readonly sub: string
  readonly act?: Actor
}

/** An opaque access token that is alive, as it is stored. */
export interface StoredAccessToken {
  readonly id: bigint
  readonly clientKey: bigint
  readonly clientId: string
  readonly clientName: string
  /** The organisation that it belongs to (none). */
  readonly clientOrganisation: Pick<Membership, 'id' | 'slug'> | null
  /** `null`: the client acts for itself. */
  readonly user: User | null
  readonly grantId: bigint | null
  /** See `grant-uses.ts`. */
  readonly grantLastUsedAt: number | null
  readonly scopes: readonly string[]
  /** Whom it is for; empty: the server's own API. */
  readonly audience: readonly string[]
  readonly confirmation: Confirmation | null
  readonly actor: Actor | null
  readonly signIn: SignInFacts
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt: number
}

/** An access token of this server, as `identity.auth`. */
export interface OAuthTokenAuth {
  readonly id: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  readonly confirmation: Confirmation | null
  readonly actor: Actor | null
  /** How well the user had proved who they are, for step-up (RFC 9470). */
  readonly acr?: string | undefined
  /** When they proved it, as `freshLogin` asks for it. Milliseconds since 1970, like the others. */
  readonly authenticatedAt?: number | undefined
  readonly createdAt: number
  readonly expiresAt: number
}

export interface NewAccessToken {
  readonly clientKey: bigint
  readonly userId: bigint | null
  readonly grantId: bigint | null
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  readonly confirmation: Confirmation | null
  readonly actor: Actor | null
  /** Milliseconds since 1970. */
  readonly now: number
  readonly expiresAt: number
}

export interface AccessTokensOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Opaque access tokens: one row each, looked up at every use, so that whatever ends them is seen by the next request. */
export interface AccessTokens {
  /** Makes a token and the row that has to be stored before the text is given away. */
  readonly make: (token: NewAccessToken) => { readonly text: string; readonly row: AccessTokenRow }
  /** Tells by its shape alone whether a text may be one of these. */
  readonly recognises: (text: string) => boolean
  /** Finds a token: one read. `null` for every one that is no good: unknown, expired, or its client, user or grant is not there any more. */
  readonly find: (text: string) => Promise<StoredAccessToken | null>
  /** Stores rows that belong together, and what the audit log says of them. */
  readonly store: (rows: Rows) => Promise<void>
}

export function createAccessTokens({ database, format, clock = Date.now }: AccessTokensOptions): AccessTokens {
  const lookup = database.lookup<Row>((read, match) =>
    read
      .selectFrom('access_tokens')
      .innerJoin('clients', 'clients.id', 'access_tokens.client_id')
      .leftJoin('grants', 'grants.id', 'access_tokens.grant_id')
      .leftJoin('users', 'users.id', 'access_tokens.user_id')
      .select([
        'access_tokens.id',
        'access_tokens.digest',
        'access_tokens.client_id',
        'access_tokens.user_id as of_user_id',
        'access_tokens.grant_id',
        'access_tokens.scopes',
        'access_tokens.audience',
        'access_tokens.confirmation',
        'access_tokens.actor',
        'access_tokens.created_at',
        'access_tokens.expires_at',
        'clients.identifier as client_identifier',
        'clients.name as client_name',
        'clients.is_active as client_is_active',
        'clients.organisation_id as client_organisation_id',
        'clients.organisation_suspended as client_organisation_suspended',
        organisationSlug('clients').as('client_organisation_slug'),
        'grants.id as live_grant_id',
        'grants.created_at as grant_created_at',
        'grants.revoked_at as grant_revoked_at',
        'grants.detail as grant_detail',
        'grants.organisation_id as grant_organisation_id',
        'grants.last_used_at as grant_last_used_at',
      ])
      .select(userColumns)
      .where(match('access_tokens.id')),
  )

  async function find(text: string): Promise<StoredAccessToken | null> {
    const token = format.parse(text)
    if (token?.kind !== 'at') return null
    const row = await lookup(token.id)
    if (row === null || !equalBytes(row.digest, token.digest)) return null
    const now = clock()
    if (now >= row.expires_at || row.client_is_active !== 1 || row.client_organisation_suspended === 1) return null
    if (row.grant_id !== null && (row.live_grant_id === null || row.grant_revoked_at !== null)) return null
    const user =
      row.of_user_id === null
        ? null
        : boundUser(toUser(row, row.grant_created_at ?? row.created_at, now), row.grant_organisation_id)
    if (row.of_user_id !== null && user === null) return null
    return {
      id: row.id,
      clientKey: row.client_id,
      clientId: row.client_identifier,
      clientName: row.client_name,
      clientOrganisation:
        row.client_organisation_id === null
          ? null
          : { id: formatId(row.client_organisation_id), slug: row.client_organisation_slug ?? '' },
      user,
      grantId: row.grant_id,
      grantLastUsedAt: row.grant_last_used_at,
      scopes: wordsOf(row.scopes),
      audience: wordsOf(row.audience),
      confirmation: row.confirmation === null ? null : (JSON.parse(row.confirmation) as Confirmation),
      actor: row.actor === null ? null : (JSON.parse(row.actor) as Actor),
      signIn: signInFacts(row.grant_detail),
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }
  }

  return {
    find,
    recognises: (text) => format.recognises(text, 'at'),
    make: ({ clientKey, userId, grantId, scopes, audience, confirmation, actor, now, expiresAt }) => {
      const id = database.newId()
      const { text, digest } = format.make('at', id)
      const row = {
        id,
        digest,
        client_id: clientKey,
        user_id: userId,
        grant_id: grantId,
        scopes: scopes.join(' '),
        audience: audience.join(' '),
        confirmation: confirmation === null ? null : JSON.stringify(confirmation),
        actor: actor === null ? null : JSON.stringify(actor),
        created_at: now,
        expires_at: expiresAt,
      }
      return { text, row }
    },
    store: database.append,
  }
}

/** Who a token is for, and the credential, as the chain of authenticators has them. */
export function foundOf(token: StoredAccessToken): Found<User | Client, OAuthTokenAuth> {
  return { principal: token.user ?? actingClient(token), auth: authOf(token) }
}

/** A client that acts for itself is a principal like any other (RFC 6749, section 4.4). */
function actingClient({ clientId, clientName, clientOrganisation: organisation }: StoredAccessToken): Client {
  const client = { kind: 'client', id: clientId, name: clientName } as const
  return organisation === null ? client : { ...client, organisation }
}

function authOf(token: StoredAccessToken): OAuthTokenAuth {
  const { clientId, scopes, audience, confirmation, actor, createdAt, expiresAt } = token
  const { acr, authTime } = token.signIn
  return {
    id: formatId(token.id),
    clientId,
    scopes,
    audience,
    confirmation,
    actor,
    acr,
    authenticatedAt: authTime === undefined ? undefined : authTime * 1000,
    createdAt,
    expiresAt,
  }
}

interface Row extends Omit<AccessTokenRow, 'user_id'>, UserColumns {
  readonly of_user_id: bigint | null
  readonly client_identifier: string
  readonly client_name: string
  readonly client_is_active: number
  readonly client_organisation_id: bigint | null
  readonly client_organisation_slug: string | null
  readonly client_organisation_suspended: number
  readonly live_grant_id: bigint | null
  readonly grant_created_at: number | null
  readonly grant_revoked_at: number | null
  readonly grant_detail: string | null
  readonly grant_organisation_id: bigint | null
  readonly grant_last_used_at: number | null
}
