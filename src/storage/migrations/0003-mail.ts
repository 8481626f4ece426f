import type { Steps } from '../migrations.ts'

/** Mail that is still to be sent, the links and codes in it, and passwords that have to be changed. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''

  return [
    `alter table users add column must_change_password ${integer} not null default 0
      check (must_change_password in (0, 1))`,

    `create table mail_outbox (
      id ${integer} primary key,
      kind ${text} not null,
      sealed ${bytes} not null,
      attempts ${integer} not null,
      next_attempt_at ${integer} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index mail_outbox_by_turn on mail_outbox (next_attempt_at)',
    'create index mail_outbox_by_end on mail_outbox (expires_at)',

    `create table mail_links (
      id ${integer} primary key,
      digest ${bytes} not null,
      purpose ${text} not null,
      user_id ${integer} not null references users on delete cascade,
      email ${text},
      email_key ${text},
      bound_to ${bytes} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index mail_links_by_user on mail_links (user_id, purpose)',
    'create index mail_links_by_address on mail_links (email_key) where email_key is not null',
    'create index mail_links_by_end on mail_links (expires_at)',

    `create table mail_codes (
      id ${integer} primary key,
      digest ${bytes} not null,
      code_digest ${bytes} not null,
      user_id ${integer} references users on delete cascade,
      bound_to ${bytes} not null,
      attempts_left ${integer} not null,
      spent_at ${integer},
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index mail_codes_by_user on mail_codes (user_id) where user_id is not null',
    'create index mail_codes_by_end on mail_codes (expires_at)',
  ]
}
