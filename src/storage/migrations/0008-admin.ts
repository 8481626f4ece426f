import type { Steps } from '../migrations.ts'

/**
 * What the console for administrators looks for. The audit log is found by whom, what and which event, but for the events
 * that come with every token: those would pay for it, and are looked for by time.
 */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''
  return [
    `create index audit_events_by_subject on audit_events (subject, id) where ${rare}`,
    `create index audit_events_by_actor on audit_events (actor, id) where ${rare}`,
    `create index audit_events_by_event on audit_events (event, id) where ${rare}`,
    'create index users_inactive on users (id) where is_active = 0',
    'create index users_staff on users (id) where is_staff = 1',
    'create index users_superusers on users (id) where is_superuser = 1',
    'create index users_never_here on users (id) where last_login_at is null',

    `create table acted_sessions (
      session_id ${integer} primary key references sessions on delete cascade,
      user_id ${integer} not null references users on delete cascade,
      reason ${text} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index acted_sessions_by_user on acted_sessions (user_id)',
    'create index acted_sessions_by_end on acted_sessions (expires_at)',

    `create table setup_links (
      id ${integer} primary key,
      digest ${bytes} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index setup_links_by_end on setup_links (expires_at)',
  ]
}

/** In these words in `audit-log.ts` too: only then is the index used. */
const rare = `event <> 'access_token.issued' and event <> 'grant.refreshed' and event <> 'family.refreshed'`
