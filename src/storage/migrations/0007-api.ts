import type { Steps } from '../migrations.ts'

/**
 * What lists of credentials are filtered by, each in the order that it is read in, so that a page costs the same however
 * many there are.
 */
export const steps: Steps = () => [
  'create index users_by_creation on users (created_at, id)',
  // The longest unused ones first. In these words in `api-key-list.ts` too: only then is the index used.
  `create index api_keys_unused on api_keys (coalesce(next_last_used_at, last_used_at, created_at), id)
    where revoked_at is null`,
  'create index api_keys_by_end on api_keys (expires_at, id) where revoked_at is null and expires_at is not null',
  'create index api_keys_unending on api_keys (id) where revoked_at is null and expires_at is null',
  'create index api_keys_on on api_keys (id) where revoked_at is null and disabled_at is null',
  'create index api_keys_off on api_keys (id) where revoked_at is null and disabled_at is not null',
  'create index api_keys_revoked on api_keys (id) where revoked_at is not null',
  'create index api_tokens_unending on api_tokens (id) where expires_at is null',
  // In the order of the members, so that a large group is read page by page too.
  'create index memberships_in_order on memberships (group_id, user_id)',
  'create index grants_alive on grants (id) where revoked_at is null',
]
