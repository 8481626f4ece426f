import type { Steps } from '../migrations.ts'

/** What people do with their own account: delete it, accept terms, and have browsers remembered; and where mails lead back to. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const table = sqlite ? 'strict' : ''
  const keyed = sqlite ? 'strict, without rowid' : ''

  return [
    `create table account_deletions (
      user_id ${integer} primary key references users on delete cascade,
      asked_at ${integer} not null,
      due_at ${integer} not null
    ) ${table}`,
    'create index account_deletions_by_end on account_deletions (due_at)',

    `create table accepted_terms (
      user_id ${integer} not null references users on delete cascade,
      version ${text} not null,
      accepted_at ${integer} not null,
      primary key (user_id, version)
    ) ${keyed}`,

    `alter table trusted_browsers add column user_agent ${text}`,
    `alter table trusted_browsers add column address ${text}`,
    `alter table mail_links add column next ${text}`,
    `alter table pending_sign_ins add column step ${text} not null default ''`,
    `alter table pending_sign_ins add column steps_done ${integer} not null default 0`,
  ]
}
