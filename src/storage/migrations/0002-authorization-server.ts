import type { Steps } from '../migrations.ts'

/** The tables of the authorization server. What belongs to a client or a user goes with them. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''
  const keyed = sqlite ? 'strict, without rowid' : ''
  /** See `0001-tables.ts`. */
  const daily = sqlite ? 'strict' : 'partition by range (id)'
  const rest = (name: string) => (sqlite ? [] : [`create table ${name}_rest partition of ${name} default`])
  const client = `client_id ${integer} not null references clients on delete cascade`

  return [
    `create table clients (
      id ${integer} primary key,
      identifier ${text} not null unique,
      name ${text} not null,
      is_confidential ${integer} not null check (is_confidential in (0, 1)),
      owner_id ${integer} references users on delete set null,
      source ${text} not null check (source in ('manual', 'portal', 'dynamic', 'document')),
      is_active ${integer} not null check (is_active in (0, 1)),
      auth_method ${text} not null,
      grant_types ${text} not null,
      scopes ${text} not null,
      metadata ${text} not null,
      secret_digest ${bytes},
      secret_last_used_at ${integer},
      next_secret_digest ${bytes},
      next_secret_last_used_at ${integer},
      rotation_ends_at ${integer},
      sealed_secret ${bytes},
      registration_digest ${bytes},
      created_at ${integer} not null,
      updated_at ${integer} not null,
      fresh_until ${integer}
    ) ${table}`,
    'create index clients_by_owner on clients (owner_id) where owner_id is not null',
    'create index clients_by_freshness on clients (fresh_until) where fresh_until is not null',

    `create table consents (
      user_id ${integer} not null references users on delete cascade,
      ${client},
      scopes ${text} not null,
      resources ${text} not null,
      created_at ${integer} not null,
      updated_at ${integer} not null,
      primary key (user_id, client_id)
    ) ${keyed}`,
    'create index consents_by_client on consents (client_id)',

    `create table grants (
      id ${integer} primary key,
      ${client},
      user_id ${integer} not null references users on delete cascade,
      sign_in_id ${integer},
      scopes ${text} not null,
      resources ${text} not null,
      is_offline ${integer} not null check (is_offline in (0, 1)),
      created_at ${integer} not null,
      expires_at ${integer} not null,
      revoked_at ${integer},
      revoked_for ${text},
      detail ${text} not null,
      check ((revoked_at is null) = (revoked_for is null))
    ) ${table}`,
    'create index grants_by_client on grants (client_id)',
    'create index grants_by_user on grants (user_id, client_id)',
    'create index grants_by_sign_in on grants (sign_in_id) where sign_in_id is not null',
    'create index grants_by_end on grants (expires_at)',

    `create table authorization_codes (
      id ${integer} primary key,
      digest ${bytes} not null,
      grant_id ${integer} not null references grants on delete cascade,
      redirect_uri ${text},
      code_challenge ${text},
      dpop_jkt ${text},
      created_at ${integer} not null,
      expires_at ${integer} not null,
      spent_at ${integer}
    ) ${table}`,
    'create index authorization_codes_by_grant on authorization_codes (grant_id)',
    'create index authorization_codes_by_end on authorization_codes (expires_at)',

    // Written the most of all: a look-up joins what it hangs on, so that nothing has to be checked or deleted here.
    `create table access_tokens (
      id ${integer} primary key,
      digest ${bytes} not null,
      client_id ${integer} not null,
      user_id ${integer},
      grant_id ${integer},
      scopes ${text} not null,
      audience ${text} not null,
      confirmation ${text},
      actor ${text},
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${daily}`,
    ...rest('access_tokens'),
    'create index access_tokens_by_end on access_tokens (expires_at)',

    // As often: nothing that is looked for in them goes by their grant.
    `create table grant_tokens (
      id ${integer} primary key,
      digest ${bytes} not null,
      grant_id ${integer} not null,
      confirmation ${text},
      created_at ${integer} not null,
      expires_at ${integer} not null,
      spent_at ${integer},
      next_id ${integer},
      asked_by ${bytes},
      answer ${bytes}
    ) ${daily}`,
    ...rest('grant_tokens'),
    'create index grant_tokens_by_end on grant_tokens (expires_at)',

    `create table device_codes (
      id ${integer} primary key,
      digest ${bytes} not null,
      user_code ${bytes} not null,
      ${client},
      scopes ${text} not null,
      resources ${text} not null,
      status ${text} not null check (status in ('waiting', 'approved', 'denied', 'spent')),
      grant_id ${integer} references grants on delete cascade,
      pace ${integer} not null,
      asked_at ${integer},
      address ${text},
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    "create unique index device_codes_waiting on device_codes (user_code) where status = 'waiting'",
    'create index device_codes_by_client on device_codes (client_id)',
    'create index device_codes_by_grant on device_codes (grant_id) where grant_id is not null',
    'create index device_codes_by_end on device_codes (expires_at)',

    `create table pushed_requests (
      id ${integer} primary key,
      digest ${bytes} not null,
      ${client},
      parameters ${text} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null,
      begun_at ${integer},
      spent_at ${integer}
    ) ${table}`,
    'create index pushed_requests_by_client on pushed_requests (client_id)',
    'create index pushed_requests_by_end on pushed_requests (expires_at)',

    `create table registration_tokens (
      id ${integer} primary key,
      digest ${bytes} not null,
      name ${text} not null,
      uses_left ${integer},
      created_at ${integer} not null,
      expires_at ${integer}
    ) ${table}`,

    `create table logout_notices (
      id ${integer} primary key,
      ${client},
      subject ${text} not null,
      sid ${text},
      attempts ${integer} not null,
      next_attempt_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index logout_notices_by_client on logout_notices (client_id)',
    'create index logout_notices_by_turn on logout_notices (next_attempt_at)',
    'create index logout_notices_by_end on logout_notices (expires_at)',
  ]
}
