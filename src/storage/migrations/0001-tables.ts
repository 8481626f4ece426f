import type { Steps } from '../migrations.ts'

/** Everything of the first version. Texts are compared byte by byte, so that both dialects sort alike. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''
  /** For keys that are no ids: the row lies in the index. */
  const keyed = sqlite ? 'strict, without rowid' : ''
  /** What is written all the time and then thrown away lies in a part for each day of its ids: see `partitions.ts`. */
  const daily = sqlite ? 'strict' : 'partition by range (id)'
  const rest = (name: string) => (sqlite ? [] : [`create table ${name}_rest partition of ${name} default`])
  const owners = `
      user_id ${integer} references users on delete cascade,
      service_account_id ${integer} references service_accounts on delete cascade,
      check ((user_id is null) <> (service_account_id is null))`

  return [
    `create table users (
      id ${integer} primary key,
      username ${text} not null,
      username_key ${text} not null unique,
      email ${text},
      email_key ${text} unique,
      email_verified ${integer} not null check (email_verified in (0, 1)),
      password_hash ${text},
      is_active ${integer} not null check (is_active in (0, 1)),
      is_staff ${integer} not null check (is_staff in (0, 1)),
      is_superuser ${integer} not null check (is_superuser in (0, 1)),
      permissions ${text} not null,
      created_at ${integer} not null,
      last_login_at ${integer},
      password_changed_at ${integer},
      signed_out_at ${integer}
    ) ${table}`,

    `create table "groups" (
      id ${integer} primary key,
      name ${text} not null unique,
      permissions ${text} not null
    ) ${table}`,

    `create table memberships (
      user_id ${integer} not null references users on delete cascade,
      group_id ${integer} not null references "groups" on delete cascade,
      primary key (user_id, group_id)
    ) ${keyed}`,
    'create index memberships_by_group on memberships (group_id)',

    `create table service_accounts (
      id ${integer} primary key,
      name ${text} not null,
      owner_id ${integer} references users on delete set null,
      scopes ${text} not null,
      permissions ${text} not null,
      is_active ${integer} not null check (is_active in (0, 1)),
      created_at ${integer} not null
    ) ${table}`,
    'create index service_accounts_by_owner on service_accounts (owner_id)',

    `create table sessions (
      id ${integer} primary key,
      digest ${bytes} not null,
      user_id ${integer} not null references users on delete cascade,
      created_at ${integer} not null,
      last_seen_at ${integer} not null,
      expires_at ${integer} not null,
      authenticated_at ${integer} not null,
      amr ${text} not null,
      address ${text},
      user_agent ${text},
      sign_in_id ${integer} not null
    ) ${table}`,
    'create index sessions_by_user on sessions (user_id)',
    'create index sessions_by_sign_in on sessions (sign_in_id)',
    'create index sessions_by_end on sessions (expires_at)',

    `create table api_tokens (
      id ${integer} primary key,
      digest ${bytes} not null,
      name ${text} not null,
      created_at ${integer} not null,
      expires_at ${integer},
      last_used_at ${integer},${owners}
    ) ${table}`,
    'create index api_tokens_by_user on api_tokens (user_id) where user_id is not null',
    'create index api_tokens_by_service_account on api_tokens (service_account_id) where service_account_id is not null',
    'create index api_tokens_by_end on api_tokens (expires_at) where expires_at is not null',

    `create table api_keys (
      id ${integer} primary key,
      digest ${bytes} not null,
      next_digest ${bytes},
      rotation_ends_at ${integer},
      name ${text} not null,
      mode ${text} not null check (mode in ('live', 'test')),
      scopes ${text} not null,
      allowed_addresses ${text} not null,
      rate ${text},
      created_at ${integer} not null,
      expires_at ${integer},
      last_used_at ${integer},
      last_used_address ${text},
      next_last_used_at ${integer},
      disabled_at ${integer},
      revoked_at ${integer},${owners}
    ) ${table}`,
    'create index api_keys_by_user on api_keys (user_id) where user_id is not null',
    'create index api_keys_by_service_account on api_keys (service_account_id) where service_account_id is not null',

    `create table refresh_families (
      id ${integer} primary key,
      user_id ${integer} not null references users on delete cascade,
      created_at ${integer} not null,
      expires_at ${integer} not null,
      revoked_at ${integer},
      revoked_for ${text},
      claims ${text} not null,
      check ((revoked_at is null) = (revoked_for is null))
    ) ${table}`,
    'create index refresh_families_by_user on refresh_families (user_id)',
    'create index refresh_families_by_end on refresh_families (expires_at)',

    // Written often: a look-up joins the family, so that nothing has to be checked or deleted here.
    `create table refresh_tokens (
      id ${integer} primary key,
      family_id ${integer} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null,
      spent_at ${integer},
      next_id ${integer},
      asked_by ${bytes},
      answer ${bytes}
    ) ${daily}`,
    ...rest('refresh_tokens'),
    'create index refresh_tokens_by_end on refresh_tokens (expires_at)',

    `create table client_certificates (
      id ${integer} primary key,
      name ${text} not null,
      "match" ${text} not null check ("match" in ('fingerprint', 'subject', 'san_dns', 'san_uri', 'san_email')),
      value ${text} not null,
      created_at ${integer} not null,
      revoked_at ${integer},${owners}
    ) ${table}`,
    'create unique index client_certificates_in_use on client_certificates ("match", value) where revoked_at is null',
    'create index client_certificates_by_user on client_certificates (user_id) where user_id is not null',
    `create index client_certificates_by_service_account on client_certificates (service_account_id)
      where service_account_id is not null`,

    `create table signing_keys (
      id ${integer} primary key,
      kid ${text} not null unique,
      alg ${text} not null,
      generation ${integer} not null,
      public_jwk ${text} not null,
      private_key ${bytes} not null,
      signs_from ${integer} not null,
      signs_until ${integer},
      retired_at ${integer},
      created_at ${integer} not null,
      unique (alg, generation)
    ) ${table}`,

    `create table kept_secrets (
      id ${integer} primary key,
      name ${text} not null unique,
      value ${bytes} not null,
      created_at ${integer} not null
    ) ${table}`,

    `create table revocations (
      id ${integer} primary key,
      kind ${text} not null check (kind in ('user', 'client', 'family', 'token')),
      subject_id ${integer} not null,
      not_before ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index revocations_by_end on revocations (expires_at)',

    `create table consumed (
      digest ${bytes} not null primary key,
      expires_at ${integer} not null
    ) ${keyed}`,
    'create index consumed_by_end on consumed (expires_at)',

    `create table throttle_counters (
      key ${text} not null primary key,
      arrival ${integer} not null,
      expires_at ${integer} not null
    ) ${keyed}`,
    'create index throttle_counters_by_end on throttle_counters (expires_at)',

    // Ids follow time and the order of each chain, so that the log is read by them alone: an index would cost every token.
    `create table audit_events (
      id ${integer} primary key,
      chain_id ${integer} not null,
      position ${integer} not null,
      at ${integer} not null,
      event ${text} not null,
      actor ${text} not null,
      subject ${text} not null,
      address ${text},
      request_id ${text},
      detail ${text} not null,
      events ${integer} not null,
      hash ${bytes} not null
    ) ${daily}`,
    ...rest('audit_events'),

    `create table nodes (
      number ${integer} primary key check (number between 0 and 1023),
      holder ${text} not null,
      expires_at ${integer} not null
    ) ${table}`,
  ]
}
