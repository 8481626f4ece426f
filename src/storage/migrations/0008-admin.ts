import type { Steps } from '../migrations.ts'

/**
 * What the console for administrators looks for. The audit log is found by whom, what and which event, but for the events
 * that come with every token: those would pay for it, and are looked for by time.
 */
export const steps: Steps = () => [
  `create index audit_events_by_subject on audit_events (subject, id) where ${rare}`,
  `create index audit_events_by_actor on audit_events (actor, id) where ${rare}`,
  `create index audit_events_by_event on audit_events (event, id) where ${rare}`,
  'create index users_inactive on users (id) where is_active = 0',
  'create index users_staff on users (id) where is_staff = 1',
  'create index users_superusers on users (id) where is_superuser = 1',
  'create index users_never_here on users (id) where last_login_at is null',
]

/** In these words in `audit-log.ts` too: only then is the index used. */
const rare = `event <> 'access_token.issued' and event <> 'grant.refreshed' and event <> 'family.refreshed'`
