import type { Steps } from '../migrations.ts'

/** Signing in by way of other providers. Texts are compared byte by byte, so that both dialects sort alike. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''

  return [
    `create table linked_accounts (
      id ${integer} primary key,
      user_id ${integer} not null references users on delete cascade,
      provider ${text} not null,
      issuer ${text} not null,
      subject ${text} not null,
      email ${text},
      name ${text},
      created_at ${integer} not null,
      last_used_at ${integer},
      tokens ${bytes},
      unique (provider, issuer, subject)
    ) ${table}`,
    'create index linked_accounts_by_user on linked_accounts (user_id)',

    `create table provider_sign_ins (
      id ${integer} primary key,
      digest ${bytes} not null,
      browser ${bytes} not null,
      provider ${text} not null,
      user_id ${integer} references users on delete cascade,
      details ${bytes} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index provider_sign_ins_by_browser on provider_sign_ins (browser)',
    'create index provider_sign_ins_by_user on provider_sign_ins (user_id)',
    'create index provider_sign_ins_by_end on provider_sign_ins (expires_at)',

    `create table pending_links (
      id ${integer} primary key,
      browser ${bytes} not null unique,
      user_id ${integer} references users on delete cascade,
      details ${bytes} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index pending_links_by_user on pending_links (user_id)',
    'create index pending_links_by_end on pending_links (expires_at)',

    `create table app_sign_ins (
      id ${integer} primary key,
      browser ${bytes} not null,
      user_id ${integer} not null references users on delete cascade,
      redirect_uri ${text} not null,
      code_challenge ${text} not null,
      app_state ${text} not null,
      code_digest ${bytes},
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table}`,
    'create index app_sign_ins_by_user on app_sign_ins (user_id)',
    'create index app_sign_ins_by_end on app_sign_ins (expires_at)',
  ]
}
