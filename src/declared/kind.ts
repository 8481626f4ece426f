import type { z } from 'zod'
import type { Groups } from '../accounts/groups.ts'
import type { Users } from '../accounts/users.ts'
import type { Stanza } from '../admin/stanzas.ts'
import { RequestRefused } from '../core/errors.ts'
import type { ChangeClientOwner } from '../oauth/change-client-owner.ts'
import type { Clients } from '../oauth/clients.ts'
import type { Members } from '../organisations/members.ts'
import type { Organisations } from '../organisations/organisations.ts'
import type { RoleGrants } from '../organisations/role-grants.ts'
import type { Roles } from '../organisations/roles.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import type { By } from '../tokens/owner.ts'
import type { ServiceAccounts } from '../tokens/service-accounts.ts'
import type { WorkloadTrusts } from '../tokens/workload-trusts.ts'

/** What declared things are looked up, made and changed with: in `applyDeclared` all of it takes part in one unit. */
export interface DeclaredStores {
  readonly groups: Groups
  readonly users: Users
  readonly organisations: Organisations
  readonly members: Pick<Members, 'list' | 'add' | 'setStanding' | 'remove'>
  readonly roles: Roles
  readonly roleGrants: Pick<RoleGrants, 'grant' | 'revoke' | 'holders'>
  readonly serviceAccounts: ServiceAccounts
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'create' | 'remove' | 'audienceOf'>
  readonly apiKeys: Pick<ApiKeys, 'create' | 'list' | 'update' | 'disable' | 'enable'>
  readonly clients: Clients
  readonly changeClientOwner: ChangeClientOwner
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What goes with a piece of work: who does it, and where secrets are that a stanza names by their variable. */
export interface DeclaredAction {
  readonly by: By
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether those whom a list of people leaves out are taken out (false). */
  readonly prune?: boolean
}

/** What there is, as it would stand in a file. */
export interface Found {
  readonly id: string
  readonly stanza: Stanza
}

/** A secret that was made just now, which is shown this once. */
export interface MadeSecret {
  /** Such as `client_secret`. */
  readonly member: string
  readonly value: string
}

/** What can be declared of one kind of thing. Everything throws `RequestRefused` as the stores do. */
export interface Kind {
  /** Its list in the file, such as `service_accounts`. */
  readonly list: string
  /** What one is called, such as `service account`. */
  readonly one: string
  readonly schema: z.ZodType
  /** What tells one from all others, as it is shown: `editor of acme`. */
  readonly nameOf: (stanza: Stanza) => string
  /** Members that say how a new one is made, and nothing of one that is there (none). */
  readonly onlyNew?: readonly string[]
  readonly find: (stores: DeclaredStores, stanza: Stanza) => Promise<Found | null>
  readonly create: (
    stores: DeclaredStores,
    stanza: Stanza,
    action: DeclaredAction,
  ) => Promise<readonly MadeSecret[] | undefined>
  /** `changes`: the members that are other than what there is. */
  readonly update: (
    stores: DeclaredStores,
    id: string,
    changes: Stanza,
    action: DeclaredAction,
  ) => Promise<readonly MadeSecret[] | undefined>
  /** All that there are and could be declared, in a steady order. `people`: with who belongs to them. */
  readonly all: (stores: DeclaredStores, options: { readonly people: boolean }) => Promise<readonly Found[]>
  /** Deletes one that the file leaves out (nobody's to delete from here). */
  readonly remove?: (stores: DeclaredStores, id: string, action: DeclaredAction) => Promise<void>
}

/** A kind whose stanzas have the shape of its schema. */
export interface KindOf<Schema extends z.ZodObject> extends Omit<
  Kind,
  'schema' | 'nameOf' | 'find' | 'create' | 'update'
> {
  readonly schema: Schema
  readonly nameOf: (stanza: z.input<Schema>) => string
  readonly find: (stores: DeclaredStores, stanza: z.input<Schema>) => Promise<Found | null>
  readonly create: (
    stores: DeclaredStores,
    stanza: z.input<Schema>,
    action: DeclaredAction,
  ) => Promise<readonly MadeSecret[] | undefined>
  readonly update: (
    stores: DeclaredStores,
    id: string,
    changes: Partial<z.input<Schema>>,
    action: DeclaredAction,
  ) => Promise<readonly MadeSecret[] | undefined>
}

/** Every stanza is held against the schema before any of the functions is given it. */
export function kind<Schema extends z.ZodObject>(of: KindOf<Schema>): Kind {
  return of as unknown as Kind
}

/** A refusal of one member of a stanza. */
export function wrong(member: string, message: string): RequestRefused {
  return new RequestRefused('invalid', message, { body: { [member]: [message] } })
}

/** What cannot be changed is refused where it is another than it was. */
export function refuseChange(changes: Stanza, members: readonly string[]): void {
  const member = members.find((name) => changes[name] !== undefined)
  if (member !== undefined) throw wrong(member, 'It cannot be changed: delete this one, and make another.')
}
