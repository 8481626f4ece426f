import type { Group } from '../accounts/groups.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import type { Users } from '../accounts/users.ts'
import { toMoment } from '../api/wire-values.ts'
import type { ClientRecord } from '../oauth/client-record.ts'
import { toWire } from '../oauth/client-wire.ts'
import type { MemberList } from '../organisations/member-list.ts'
import type { Organisation } from '../organisations/organisation-values.ts'
import type { Organisations } from '../organisations/organisations.ts'
import type { RoleGrants } from '../organisations/role-grants.ts'
import type { Role } from '../organisations/role-values.ts'
import type { ApiKeyRecord } from '../tokens/api-key-record.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../tokens/service-accounts.ts'
import type { WorkloadTrusts } from '../tokens/workload-trusts.ts'

/**
 * A thing as a piece of a configuration file, by the names of `/api/admin/`: what pages copy, `doorward export` writes and
 * `doorward apply` reads. People and organisations stand in it by username and short name, which mean the same in another
 * installation; secrets do not stand in it.
 */
export type Stanza = Readonly<Record<string, unknown>>

/** Finds what stanzas name. */
export interface StanzaNames {
  readonly users: Pick<Users, 'find'>
  readonly organisations: Pick<Organisations, 'find'>
}

export function groupStanza({ name, permissions }: Group): Stanza {
  return { name, permissions }
}

/** What somebody is for a while is not in it: a file says what is so for good, and would give it to them again once it is over. */
export function userStanza(user: UserRecord, groups: readonly Group[]): Stanza {
  return {
    username: user.username,
    email: user.email,
    email_verified: user.emailVerified,
    is_active: user.isActive,
    ...(user.staffUntil === null ? { is_staff: user.isStaff } : {}),
    ...(user.superuserUntil === null ? { is_superuser: user.isSuperuser } : {}),
    permissions: user.permissions,
    groups: groups.map(({ name }) => name),
  }
}

/** `owner` is one who owns it: whom it is made for where it is not there yet. */
export async function organisationStanza(
  organisation: Organisation,
  { members }: { readonly members: Pick<MemberList, 'list'> },
): Promise<Stanza> {
  const owner = await ownerOf(organisation.id, members)
  return {
    slug: organisation.slug,
    name: organisation.name,
    ...(owner === null ? {} : { owner }),
    second_factor_required: organisation.secondFactorRequired,
    longest_key_lifetime: organisation.longestKeyLifetime,
    allowed_permissions: organisation.allowedPermissions,
    allowed_scopes: organisation.allowedScopes,
    is_suspended: organisation.suspendedAt !== null,
  }
}

/** Who belongs to an organisation, as its stanza has it; `null`: more than `most`. */
export async function memberStanzas(
  organisationId: string,
  members: Pick<MemberList, 'list'>,
  most: number = Infinity,
): Promise<readonly Stanza[] | null> {
  const all: Stanza[] = []
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<MemberList['list']>> = await members.list(organisationId, {
      ...(after === null ? {} : { after }),
      limit: 200,
    })
    all.push(...page.members.map(({ username, standing }) => ({ user: username, role: standing })))
    if (all.length > most) return null
    after = page.next
  } while (after !== null)
  return all
}

interface HolderStores extends Pick<StanzaNames, 'organisations'> {
  readonly roleGrants: Pick<RoleGrants, 'holders'>
}

/** Who has a role for good, as its stanza has it; `null`: more than `most`. Whoever has it for a while stands in no file. */
export async function holderStanzas(
  role: Pick<Role, 'id' | 'organisationId'>,
  {
    roleGrants,
    organisations,
  }: { readonly roleGrants: Pick<RoleGrants, 'holders'> } & Pick<StanzaNames, 'organisations'>,
  most: number = Infinity,
): Promise<readonly Stanza[] | null> {
  const forGood = (await roleGrants.holders(role.id)).filter(({ endsAt }) => endsAt === null)
  if (forGood.length > most) return null
  const all: Stanza[] = []
  for (const { username, organisationId } of forGood) {
    const isElsewhere = organisationId !== null && organisationId !== role.organisationId
    all.push({ user: username, ...(isElsewhere ? { organisation: await slugOf(organisationId, organisations) } : {}) })
  }
  return all
}

/** As a page copies it: with its members where they are not very many, since a page has to show them all. */
export async function organisationWithMembers(
  organisation: Organisation,
  stores: { readonly members: Pick<MemberList, 'list'> },
): Promise<Stanza> {
  const members = await memberStanzas(organisation.id, stores.members, mostCopied)
  return { ...(await organisationStanza(organisation, stores)), ...(members === null ? {} : { members }) }
}

/** The same of a role, with who has it for good. */
export async function roleWithHolders(role: Role, stores: HolderStores): Promise<Stanza> {
  const holders = await holderStanzas(role, stores, mostCopied)
  return { ...(await roleStanza(role, stores)), ...(holders === null ? {} : { holders }) }
}

const mostCopied = 200

export async function roleStanza(role: Role, { organisations }: Pick<StanzaNames, 'organisations'>): Promise<Stanza> {
  return {
    name: role.name,
    organisation: await slugOf(role.organisationId, organisations),
    description: role.description,
    permissions: role.permissions,
  }
}

export interface AccountStanzaStores extends StanzaNames {
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'audienceOf'>
}

/** What it trusts is all of it. The audience that is of it alone is left out, as it is another one in another installation. */
export async function serviceAccountStanza(
  account: ServiceAccountRecord,
  { users, organisations, workloadTrusts }: AccountStanzaStores,
): Promise<Stanza> {
  const ownAudience = workloadTrusts.audienceOf(account.id)
  const trusts = await workloadTrusts.list(account.id)
  return {
    name: account.name,
    organisation: await slugOf(account.organisationId, organisations),
    owner: await usernameOf(account.ownerId, users),
    scopes: account.scopes,
    permissions: account.permissions,
    trusts: trusts.map(({ issuer, subject, audience, scopes }) => ({
      issuer,
      subject,
      ...(audience === ownAudience ? {} : { audience }),
      scopes,
    })),
    is_active: account.isActive,
  }
}

export interface KeyStanzaNames extends StanzaNames {
  readonly serviceAccounts: Pick<ServiceAccounts, 'find'>
}

/** The owner stands in it as `user`, or as `service_account` with its `organisation`. */
export async function keyStanza(
  { owner, name, purpose, mode, scopes, allowedAddresses, rate, expiresAt, disabledAt }: ApiKeyRecord,
  { users, organisations, serviceAccounts }: KeyStanzaNames,
): Promise<Stanza> {
  const account = owner.kind === 'service_account' ? await serviceAccounts.find(owner.id) : null
  return {
    name,
    ...(account === null
      ? { user: await usernameOf(owner.id, users) }
      : { service_account: account.name, organisation: await slugOf(account.organisationId, organisations) }),
    purpose,
    mode,
    scopes,
    allowed_addresses: allowedAddresses,
    rate,
    expires_at: toMoment(expiresAt),
    is_active: disabledAt === null,
  }
}

/** What is left to its default is left out, as everywhere where clients are written. */
export async function clientStanza(client: ClientRecord, { users, organisations }: StanzaNames): Promise<Stanza> {
  return {
    client_id: client.id,
    ...toWire(client),
    owner: await usernameOf(client.ownerId, users),
    organisation: await slugOf(client.organisationId, organisations),
    is_active: client.isActive,
  }
}

/** The one with the oldest account who may sign in. */
async function ownerOf(organisationId: string, members: Pick<MemberList, 'list'>): Promise<string | null> {
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<MemberList['list']>> = await members.list(organisationId, {
      ...(after === null ? {} : { after }),
      limit: 200,
    })
    const owner = page.members.find(({ standing, isActive }) => standing === 'owner' && isActive)
    if (owner !== undefined) return owner.username
    after = page.next
  } while (after !== null)
  return null
}

async function usernameOf(id: string | null, users: Pick<Users, 'find'>): Promise<string | null> {
  return id === null ? null : ((await users.find(id))?.username ?? null)
}

async function slugOf(id: string | null, organisations: Pick<Organisations, 'find'>): Promise<string | null> {
  return id === null ? null : ((await organisations.find(id))?.slug ?? null)
}
