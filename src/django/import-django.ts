import type { ActedBy } from '../accounts/acted-by.ts'
import type { ClientRules } from '../oauth/client-values.ts'
import type { Clients } from '../oauth/clients.ts'
import type { ProviderSettings } from '../social/provider-settings.ts'
import type { Database } from '../storage/database.ts'
import type { ApiTokens } from '../tokens/api-tokens.ts'
import { importClients } from './import-clients.ts'
import { importGrants, type ImportGrantsOptions } from './import-grants.ts'
import { importGroups } from './import-groups.ts'
import type { Importing } from './importing.ts'
import { importLinkedAccounts } from './import-linked-accounts.ts'
import { importSignIns, type ImportSignInsOptions } from './import-sign-ins.ts'
import { importTokens } from './import-tokens.ts'
import { importUsers } from './import-users.ts'
import { createImports } from './imports.ts'
import type { ImportHasher } from './password-column.ts'
import { createTally, type ImportedKind, type Tally } from './report.ts'
import type { DjangoSource } from './source.ts'
import { createUserNames } from './user-names.ts'
import { userTable } from './user-table.ts'

export interface ImportDjangoOptions {
  readonly source: DjangoSource
  readonly database: Database
  readonly hasher: ImportHasher
  readonly apiTokens: Pick<ApiTokens, 'adopt'>
  readonly clients: Pick<Clients, 'create' | 'find'>
  /** What may be registered of clients. */
  readonly rules: ClientRules
  /** The scopes that each application may ask for (those of the rules). */
  readonly clientScopes?: readonly string[] | undefined
  /** How long what was signed in with goes on, in seconds: that of a server's own tokens. */
  readonly lifetimes: Pick<ImportGrantsOptions, 'refreshTokenLifetime' | 'grantLifetime'> &
    Pick<ImportSignInsOptions, 'familyLifetime'>
  /** The providers that people may sign in with. */
  readonly providers: readonly ProviderSettings[]
  /** By whom it is done, for the audit log (system). */
  readonly by?: ActedBy
  /** What the installation of Django is called, where there are several (django). */
  readonly name?: string | undefined
  /** The table of the users, where the project has a model of its own (found). */
  readonly userTable?: string | undefined
  /** The column that they sign in with (`username`, else `email`). */
  readonly usernameColumn?: string | undefined
  /** Whether every e-mail address counts as verified, as where the project verified all (false). */
  readonly trustsEmails?: boolean | undefined
  /** Whether everything is read and checked, and nothing written (false). */
  readonly isDryRun?: boolean | undefined
  /** Hears how many of which kind were looked at. */
  readonly onProgress?: (kind: string, found: number) => void
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Takes over what a Django project has: groups, users with their passwords, tokens of Django REST framework, accounts of
 * django-allauth, applications of django-oauth-toolkit, and the refresh tokens of both it and SimpleJWT. It may be interrupted and run again: what came once is left as it
 * is here. Throws `SourceUnreadable` where the project cannot be read.
 */
export async function importDjango(options: ImportDjangoOptions): Promise<readonly ImportedKind[]> {
  const { source, database, hasher, rules, clock = Date.now, onProgress = () => undefined } = options
  const now = Math.floor(clock())
  const table = userTable(source, { table: options.userTable, nameColumn: options.usernameColumn })
  const tallies: Tally[] = []
  const importing: Importing = {
    source,
    database,
    imports: createImports({ database, source: options.name ?? 'django', now }),
    by: options.by ?? {},
    now,
    isDryRun: options.isDryRun ?? false,
    tally: (kind) => {
      const tally = createTally(kind, onProgress)
      tallies.push(tally)
      return tally
    },
  }
  const groups = await importGroups(importing)
  const users = await importUsers(importing, {
    table,
    names: await createUserNames(source, database, table),
    hasher,
    groups,
    trustsEmails: options.trustsEmails ?? false,
  })
  await importTokens(importing, users, options.apiTokens)
  await importLinkedAccounts(importing, users, options.providers)
  const scopes = options.clientScopes ?? Object.keys(rules.scopes).filter((scope) => !administrative.has(scope))
  const clients = await importClients(importing, users, { clients: options.clients, rules, scopes, hasher })
  const isScope = (word: string): boolean => !administrative.has(word)
  await importGrants(importing, { ...options.lifetimes, users, clients, isScope })
  await importSignIns(importing, { ...options.lifetimes, users })
  return tallies.map((tally) => tally.result())
}

/** Scopes that reach consoles here, which no application of Django was ever given. */
const administrative: ReadonlySet<string> = new Set(['admin', 'account'])
