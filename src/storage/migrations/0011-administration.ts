import type { Steps } from '../migrations.ts'

/**
 * Rights of administrators that end by themselves, codes for emergencies, accounts that became part of another, service
 * accounts that an administrator switched off, and who has to wait longest at a throttle.
 */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''
  return [
    `alter table users add column staff_until ${integer}`,
    `alter table users add column superuser_until ${integer}`,
    `alter table users add column merged_into_id ${integer} references users on delete set null`,
    'create index users_staff_until on users (staff_until) where staff_until is not null',
    'create index users_superuser_until on users (superuser_until) where superuser_until is not null',
    'create index users_merged_into on users (merged_into_id) where merged_into_id is not null',

    `create table break_glass_codes (
      id ${integer} primary key,
      user_id ${integer} not null references users on delete cascade,
      digest ${bytes} not null,
      created_at ${integer} not null,
      used_at ${integer},
      address ${text},
      seen_at ${integer}
    ) ${table}`,
    'create unique index break_glass_codes_by_user on break_glass_codes (user_id, digest)',
    'create index break_glass_codes_unseen on break_glass_codes (used_at) where used_at is not null and seen_at is null',

    `alter table service_accounts add column held ${integer} not null default 0`,
    // Who switched it off is not known here: so that only an administrator switches it on.
    'update service_accounts set held = 1 where is_active = 0',

    // In the words of `throttle-counter-list.ts`: only then is it used.
    `create index throttle_counters_waiting on throttle_counters (expires_at) where key not like 'guess.known:%'`,
  ]
}
