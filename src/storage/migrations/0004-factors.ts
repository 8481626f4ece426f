import type { Steps } from '../migrations.ts'

/** Second factors, passkeys, and sign-ins in more than one step. What belongs to a user goes with them. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''
  const user = `user_id ${integer} not null references users on delete cascade`

  return [
    `create table pending_sign_ins (
      id ${integer} primary key,
      digest ${bytes} not null,
      ${user},
      created_at ${integer} not null,
      expires_at ${integer} not null,
      amr ${text} not null,
      next ${text},
      guesses ${integer} not null
    ) ${table}`,
    'create index pending_sign_ins_by_user on pending_sign_ins (user_id)',
    'create index pending_sign_ins_by_end on pending_sign_ins (expires_at)',

    `create table totp_devices (
      user_id ${integer} primary key references users on delete cascade,
      secret ${bytes} not null,
      created_at ${integer} not null,
      last_step ${integer} not null,
      last_used_at ${integer}
    ) ${table}`,

    `create table totp_enrolments (
      user_id ${integer} primary key references users on delete cascade,
      secret ${bytes} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index totp_enrolments_by_end on totp_enrolments (expires_at)',

    `create table recovery_codes (
      id ${integer} primary key,
      ${user},
      digest ${bytes} not null,
      created_at ${integer} not null,
      used_at ${integer},
      unique (user_id, digest)
    ) ${table}`,

    `create table passkeys (
      id ${integer} primary key,
      ${user},
      credential_id ${bytes} not null unique,
      public_key ${bytes} not null,
      sign_count ${integer} not null,
      transports ${text} not null,
      is_synced ${integer} not null check (is_synced in (0, 1)),
      aaguid ${text} not null,
      rp_id ${text} not null,
      name ${text} not null,
      created_at ${integer} not null,
      last_used_at ${integer}
    ) ${table}`,
    'create index passkeys_by_user on passkeys (user_id)',

    // Written with the factors, so that lists find whoever has one, or none, among a million.
    `alter table users add column has_second_factor ${integer} not null default 0 check (has_second_factor in (0, 1))`,
    'create index users_with_factor on users (id) where has_second_factor = 1',
    'create index users_without_factor on users (id) where has_second_factor = 0',

    `create table trusted_browsers (
      id ${integer} primary key,
      digest ${bytes} not null,
      ${user},
      bound_to ${bytes} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index trusted_browsers_by_user on trusted_browsers (user_id)',
    'create index trusted_browsers_by_end on trusted_browsers (expires_at)',
  ]
}
