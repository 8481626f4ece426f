import { emailKey, identifierKey } from '../accounts/identifier.ts'
import type { Database } from '../storage/database.ts'
import { flagIn, keyIn, textIn } from './columns.ts'
import { type DjangoRow, type DjangoSource, rowsOf } from './source.ts'
import type { UserTable } from './user-table.ts'

/**
 * Who is called what. Here a name or address stands for one person in whatever way it is written, and whoever reads mail at an
 * address can come in by it. Django keeps `alice` and `Alice` apart and lets an address be that of many: the first keeps the
 * name, and who has verified an address (django-allauth) or came first keeps that.
 */
export interface UserNames {
  /** The names and addresses of these rows which somebody here has, as they are compared. */
  readonly takenHere: (rows: readonly DjangoRow[]) => Promise<ReadonlySet<string>>
  /** Why somebody cannot have a name; `null`: they can. */
  readonly nameFault: (key: string, usernameKey: string, taken: ReadonlySet<string>) => string | null
  readonly addressOf: (key: string, column: string, taken: ReadonlySet<string>) => ImportedAddress
}

export interface ImportedAddress {
  readonly email: string | null
  readonly isVerified: boolean
  /** Why the address that they have in Django does not come (it does). */
  readonly fault: string | null
}

/** Reads every name of a project: two texts in memory for each user. */
export async function createUserNames(
  source: DjangoSource,
  database: Pick<Database, 'read'>,
  { name: table, nameColumn }: UserTable,
): Promise<UserNames> {
  const { verified, primary } = await addressesOf(source)
  const byName = new Map<string, { readonly key: string; readonly name: string }>()
  const byAddress = new Map<string, { readonly key: string; readonly name: string }>()
  for await (const row of rowsOf(source, table, 'id')) {
    const key = keyIn(row, 'id') ?? ''
    const name = textIn(row, nameColumn)
    const usernameKey = identifierKey(name)
    if (usernameKey !== null && !byName.has(usernameKey)) byName.set(usernameKey, { key, name })
    const address = emailKey(textIn(row, 'email') || (primary.get(key) ?? ''))
    if (address === null) continue
    if (!byAddress.has(address) || verified.get(address) === key) byAddress.set(address, { key, name })
  }

  return {
    takenHere: async (rows) => {
      const keys = rows.flatMap((row) =>
        [
          identifierKey(textIn(row, nameColumn)),
          emailKey(textIn(row, 'email') || (primary.get(keyIn(row, 'id') ?? '') ?? '')),
        ].filter((one) => one !== null),
      )
      if (keys.length === 0) return new Set()
      const found = await database.read
        .selectFrom('users')
        .select(['username_key', 'email_key'])
        .where((is) => is.or([is('username_key', 'in', keys), is('email_key', 'in', keys)]))
        .execute()
      return new Set(found.flatMap((one) => [one.username_key, one.email_key ?? '']))
    },

    nameFault: (key, usernameKey, taken) => {
      if (taken.has(usernameKey)) return 'Somebody here has this name or address already. Rename one of the two.'
      const first = byName.get(usernameKey)
      if (first !== undefined && first.key !== key) {
        return `Here it is the same name as that of ${first.name} (${first.key}). Rename one of the two in Django.`
      }
      const owner = byAddress.get(usernameKey)
      return owner === undefined || owner.key === key
        ? null
        : `The name is the e-mail address of ${owner.name} (${owner.key}). Rename them in Django.`
    },

    addressOf: (key, column, taken) => {
      const email = column || (primary.get(key) ?? '')
      if (email === '') return { email: null, isVerified: false, fault: null }
      const address = emailKey(email)
      const without = (fault: string): ImportedAddress => ({ email: null, isVerified: false, fault })
      if (address === null) return without(`${email} is no e-mail address: they have none here.`)
      if (taken.has(address)) return without('Somebody here has their e-mail address already: they have none here.')
      for (const owner of [byAddress.get(address), byName.get(address)]) {
        if (owner === undefined || owner.key === key) continue
        return without(
          `Their e-mail address is also that of ${owner.name} (${owner.key}), who keeps it: they have none here.`,
        )
      }
      return { email, isVerified: verified.get(address) === key, fault: null }
    },
  }
}

/** What django-allauth knows of addresses: whose they are that were verified, and who has which above others. */
async function addressesOf(source: DjangoSource): Promise<{
  readonly verified: ReadonlyMap<string, string>
  readonly primary: ReadonlyMap<string, string>
}> {
  const verified = new Map<string, string>()
  const primary = new Map<string, string>()
  for await (const row of rowsOf(source, 'account_emailaddress', 'id')) {
    const [user, email] = [keyIn(row, 'user_id'), textIn(row, 'email')]
    const address = emailKey(email)
    if (user === null || address === null || !flagIn(row, 'verified')) continue
    verified.set(address, user)
    if (flagIn(row, 'primary')) primary.set(user, email)
  }
  return { verified, primary }
}
