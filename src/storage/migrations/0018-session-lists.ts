import type { Steps } from '../migrations.ts'

/**
 * What the list of sessions is narrowed by, each in the order that it is read in. The conditions stand in the same words in
 * `session-filter.ts`: only then are the indexes used.
 */
export const steps: Steps = (dialect) => [
  // As `addressKey` makes it: addresses as text that sorts as they do, so that a range is a part of the index. Sessions
  // from before have none, and are found by everything else.
  `alter table sessions add column address_key ${dialect === 'sqlite' ? 'text' : 'text collate "C"'}`,
  'create index sessions_by_address on sessions (address_key, id)',
  'create index sessions_by_creation on sessions (created_at, id)',
  'create index sessions_by_last_seen on sessions (last_seen_at, id)',
  'drop index sessions_by_user',
  'create index sessions_by_user on sessions (user_id, id)',
  ...Object.entries({ password: ['pwd'], passkey: ['hwk', 'swk'], email: ['email'], elsewhere: ['fed'] }).map(within),
  ...Object.entries({ remembered: ['rba'], emergency: ['break_glass'] }).map(within),
  `create index sessions_with_one_factor on sessions (id) where ${padded} not like '% mfa %'`,
  `create index grants_alive_by_client on grants (client_id, sign_in_id)
    where revoked_at is null and sign_in_id is not null`,
]

const padded = "' ' || amr || ' '"

function within([way, words]: readonly [string, readonly string[]]): string {
  const any = words.map((word) => `${padded} like '% ${word} %'`).join(' or ')
  return `create index sessions_by_${way} on sessions (id) where ${any}`
}
