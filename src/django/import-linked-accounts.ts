import { isConflict } from '../storage/conflict.ts'
import { formatId } from '../storage/id.ts'
import type { LinkedAccountRow } from '../storage/schema.ts'
import { type Claims, textClaim } from '../social/foreign-identity.ts'
import { linkEvent } from '../social/linked-accounts.ts'
import type { ProviderSettings } from '../social/provider-settings.ts'
import { keyIn, textIn, timeIn } from './columns.ts'
import { type Came, type Importing, takeIn } from './importing.ts'
import { type DjangoRow, rowsOf } from './source.ts'

/**
 * The accounts at other providers that people sign in with (django-allauth). They come for the providers of the settings, by
 * their names. Tokens of providers do not come: the next sign-in brings fresh ones.
 */
export async function importLinkedAccounts(
  importing: Importing,
  users: Came,
  providers: readonly ProviderSettings[],
): Promise<void> {
  const { source, imports, database, by, now } = importing
  const tally = importing.tally('linked accounts')
  for await (const row of rowsOf(source, 'socialaccount_socialaccount', 'id')) {
    tally.found()
    const key = keyIn(row, 'id') ?? ''
    const [named, subject] = [textIn(row, 'provider'), textIn(row, 'uid')]
    const what = `${named} ${subject} (${key})`
    if ((await imports.known(model, [key])).has(key)) {
      tally.known()
      continue
    }
    const user = users.get(keyIn(row, 'user_id') ?? '')
    const provider = providers.find(({ id }) => id === named)
    const fault = user === undefined ? 'Its user does not come.' : providerFault(provider, named)
    if (user === undefined || provider === undefined || fault !== null) {
      tally.left(what, fault ?? '')
      continue
    }
    const linked = linkedRow(row, { id: database.newId(), user, provider, now })
    try {
      const event = linkEvent(by, formatId(user), linked, 'imported')
      await takeIn(importing, { model, came: [{ key, id: linked.id, event }] }, async (unit) =>
        unit.insertInto('linked_accounts').values(linked).execute(),
      )
      tally.made()
    } catch (error) {
      if (!isConflict(error)) throw error
      tally.left(what, 'It is linked with somebody here already.')
    }
  }
}

const model = 'socialaccount.socialaccount'

/** Whose subjects django-allauth does not keep as OpenID Connect tells them. */
function providerFault(provider: ProviderSettings | undefined, named: string): string | null {
  if (provider === undefined) return `There is no provider ${named} in the settings (signInProviders).`
  if (provider.saml !== null) return 'Accounts of SAML are known by another name here.'
  return provider.preset === 'microsoft'
    ? 'Microsoft gives each application names of its own for people: they link it anew.'
    : null
}

function linkedRow(
  row: DjangoRow,
  {
    id,
    user,
    provider,
    now,
  }: { readonly id: bigint; readonly user: bigint; readonly provider: ProviderSettings; readonly now: number },
): LinkedAccountRow {
  const claims = claimsIn(row)
  return {
    id,
    user_id: user,
    provider: provider.id,
    issuer: provider.issuer,
    subject: textIn(row, 'uid'),
    email: textClaim(claims, 'email'),
    name: textClaim(claims, 'name') ?? textClaim(claims, 'login'),
    created_at: Math.min(timeIn(row, 'date_joined') ?? now, now),
    last_used_at: timeIn(row, 'last_login'),
    tokens: null,
    refreshing_until: null,
  }
}

/** JSON in a text, or what the database or `dumpdata` made of it. */
function claimsIn(row: DjangoRow): Claims {
  const value = row['extra_data']
  try {
    const claims: unknown = typeof value === 'string' ? JSON.parse(value) : value
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : {}
  } catch {
    return {}
  }
}
