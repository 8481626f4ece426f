import { eventBy } from '../accounts/acted-by.ts'
import { digest } from '../crypto/digest.ts'
import { formatId } from '../storage/id.ts'
import { importedKey } from '../storage/imported-credentials.ts'
import type { GrantRow, GrantTokenRow } from '../storage/schema.ts'
import { keyIn, textIn, timeIn } from './columns.ts'
import { type Came, type Importing, newAmong, type NewHere, takeIn } from './importing.ts'
import { rowsOf } from './source.ts'

export interface ImportGrantsOptions {
  /** The scopes that applications of Django may have been given. */
  readonly isScope: (word: string) => boolean
  readonly users: Came
  readonly clients: Came
  /** Seconds that a refresh token lives which is not used. */
  readonly refreshTokenLifetime: number
  /** Seconds that all tokens of a grant live, at most. */
  readonly grantLifetime: number
}

/**
 * The refresh tokens of django-oauth-toolkit that are not revoked, each with a grant of its own: whoever shows one gets the next,
 * of ours. Access tokens do not come: they live for hours, and whoever has one has the other.
 */
export async function importGrants(importing: Importing, options: ImportGrantsOptions): Promise<void> {
  const { source, imports } = importing
  const tally = importing.tally('refresh tokens of applications')
  const scopes = await scopesOf(importing, options)
  for await (const batch of source.batches('oauth2_provider_refreshtoken', 'id')) {
    const live = batch.filter((row) => (row['revoked'] ?? null) === null)
    const fresh = await newAmong(live, { imports, tally, model, keyOf: (row) => importedKey(textIn(row, 'token')) })
    const made = fresh.flatMap((row) => {
      const text = textIn(row, 'token')
      const user = options.users.get(keyIn(row, 'user_id') ?? '')
      const client = options.clients.get(keyIn(row, 'application_id') ?? '')
      const granted = scopes.get(keyIn(row, 'access_token_id') ?? '')
      if (user === undefined || client === undefined || granted === undefined) {
        const why =
          granted === undefined
            ? 'Nothing tells its scopes: its access token is gone.'
            : `Its ${user === undefined ? 'user' : 'application'} does not come.`
        tally.left(`refresh token ${keyIn(row, 'id') ?? ''}`, why)
        return []
      }
      tally.made()
      const createdAt = Math.min(timeIn(row, 'created') ?? importing.now, importing.now)
      return [grantOf({ text, user, client, scopes: granted, createdAt }, importing, options)]
    })
    await takeIn(importing, { model, came: made }, async (unit) => {
      await unit
        .insertInto('grants')
        .values(made.map(({ grant }) => grant))
        .execute()
      await unit
        .insertInto('grant_tokens')
        .values(made.map(({ token }) => token))
        .execute()
    })
  }
}

/** As the authorization server asks for it. */
const model = 'oauth2_provider.refreshtoken'

/** The scopes of access tokens, by their keys: a refresh token has none of its own. */
async function scopesOf(
  { source }: Pick<Importing, 'source'>,
  { isScope }: Pick<ImportGrantsOptions, 'isScope'>,
): Promise<ReadonlyMap<string, string>> {
  const scopes = new Map<string, string>()
  for await (const row of rowsOf(source, 'oauth2_provider_accesstoken', 'id')) {
    const words = textIn(row, 'scope').split(/\s+/)
    scopes.set(keyIn(row, 'id') ?? '', words.filter((word) => word !== '' && isScope(word)).join(' '))
  }
  return scopes
}

interface Granted {
  readonly text: string
  readonly user: bigint
  readonly client: bigint
  readonly scopes: string
  /** Milliseconds since 1970: whoever signed out everywhere here since has ended it by that. */
  readonly createdAt: number
}

function grantOf(
  { text, user, client, scopes, createdAt }: Granted,
  { database, now, by }: Pick<Importing, 'database' | 'now' | 'by'>,
  { grantLifetime, refreshTokenLifetime }: ImportGrantsOptions,
): NewHere & { readonly grant: GrantRow; readonly token: GrantTokenRow } {
  const expiresAt = now + grantLifetime * 1000
  const grant: GrantRow = {
    id: database.newId(),
    client_id: client,
    user_id: user,
    sign_in_id: null,
    scopes,
    resources: '',
    is_offline: 1,
    created_at: createdAt,
    expires_at: expiresAt,
    revoked_at: null,
    revoked_for: null,
    detail: JSON.stringify({ by: 'authorization_code' }),
    organisation_id: null,
    last_used_at: null,
  }
  const token: GrantTokenRow = {
    id: database.newId(),
    digest: digest(text),
    grant_id: grant.id,
    confirmation: null,
    created_at: createdAt,
    expires_at: Math.min(now + refreshTokenLifetime * 1000, expiresAt),
    spent_at: null,
    next_id: null,
    asked_by: null,
    answer: null,
  }
  const detail = { client: formatId(client), user: formatId(user), from: 'django' }
  const event = eventBy(by, 'grant.created', `grant:${formatId(grant.id)}`, detail)
  return { key: importedKey(text), id: token.id, event, grant, token }
}
