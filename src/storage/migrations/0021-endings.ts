import type { Steps } from '../migrations.ts'

/** When secrets, keys and certificates of clients end, who was told of what ends, and keys that may do much. */
export const steps: Steps = (dialect) => {
  const [integer, text, keyed] =
    dialect === 'sqlite' ? ['integer', 'text', ' strict, without rowid'] : ['bigint', 'text collate "C"', '']
  return [
    `alter table clients add column credentials_end_at ${integer}`,
    'create index clients_by_end on clients (credentials_end_at, id) where credentials_end_at is not null',

    `create table ending_notices (
      kind ${text} not null,
      subject_id ${integer} not null,
      ends_at ${integer} not null,
      primary key (kind, subject_id)
    )${keyed}`,
    'create index ending_notices_by_end on ending_notices (ends_at)',

    // In these words in `api-key-list.ts` too: only then is the index used.
    `create index api_keys_broad on api_keys (id) where revoked_at is null
      and (' ' || scopes || ' ' like '% admin %' or length(scopes) - length(replace(scopes, ' ', '')) >= 9)`,
  ]
}
