import type { Steps } from '../migrations.ts'

/** Organisations, their members and invitations, and roles. What belongs to an organisation goes with it. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''
  const keyed = sqlite ? 'strict, without rowid' : ''
  const standing = `standing ${text} not null check (standing in ('owner', 'admin', 'member'))`
  const ofOrganisation = `organisation_id ${integer} not null references organisations on delete cascade`
  const owned = ['service_accounts', 'clients']

  return [
    `create table organisations (
      id ${integer} primary key,
      name ${text} not null,
      slug ${text} not null unique,
      second_factor_required ${integer} not null check (second_factor_required in (0, 1)),
      longest_key_lifetime ${integer},
      allowed_permissions ${text} not null,
      allowed_scopes ${text} not null,
      created_at ${integer} not null,
      suspended_at ${integer}
    ) ${table}`,

    `create table organisation_members (
      user_id ${integer} not null references users on delete cascade,
      ${ofOrganisation},
      ${standing},
      joined_at ${integer} not null,
      primary key (user_id, organisation_id)
    ) ${keyed}`,
    'create index organisation_members_by_organisation on organisation_members (organisation_id, user_id)',

    `create table roles (
      id ${integer} primary key,
      organisation_id ${integer} references organisations on delete cascade,
      name ${text} not null,
      description ${text} not null,
      permissions ${text} not null,
      created_at ${integer} not null
    ) ${table}`,
    'create unique index roles_everywhere on roles (name) where organisation_id is null',
    'create unique index roles_of_organisation on roles (organisation_id, name) where organisation_id is not null',

    `create table role_grants (
      id ${integer} primary key,
      role_id ${integer} not null references roles on delete cascade,
      user_id ${integer} not null references users on delete cascade,
      organisation_id ${integer} references organisations on delete cascade,
      created_at ${integer} not null,
      ends_at ${integer}
    ) ${table}`,
    'create unique index role_grants_once on role_grants (user_id, role_id, coalesce(organisation_id, 0))',
    'create index role_grants_by_role on role_grants (role_id)',
    'create index role_grants_by_organisation on role_grants (organisation_id) where organisation_id is not null',
    'create index role_grants_by_end on role_grants (ends_at) where ends_at is not null',

    `create table invitations (
      id ${integer} primary key,
      digest ${bytes} not null,
      ${ofOrganisation},
      email ${text} not null,
      email_key ${text} not null,
      ${standing},
      inviter_id ${integer} references users on delete set null,
      created_at ${integer} not null,
      sent_at ${integer} not null,
      expires_at ${integer} not null,
      accepted_at ${integer},
      accepted_user_id ${integer} references users on delete set null,
      cancelled_at ${integer}
    ) ${table}`,
    `create unique index invitations_waiting on invitations (organisation_id, email_key)
      where accepted_at is null and cancelled_at is null`,
    'create index invitations_by_inviter on invitations (inviter_id) where inviter_id is not null',
    'create index invitations_by_acceptance on invitations (accepted_user_id) where accepted_user_id is not null',
    'create index invitations_by_end on invitations (expires_at)',

    // Written with what it sums up, so that whoever has no roles pays for none at each request.
    `alter table users add column has_roles ${integer} not null default 0 check (has_roles in (0, 1))`,
    ...owned.flatMap((name) => [
      `alter table ${name} add column organisation_id ${integer} references organisations on delete cascade`,
      `alter table ${name} add column organisation_suspended ${integer} not null default 0
        check (organisation_suspended in (0, 1))`,
      `create index ${name}_by_organisation on ${name} (organisation_id) where organisation_id is not null`,
    ]),
  ]
}
