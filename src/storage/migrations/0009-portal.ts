import type { Steps } from '../migrations.ts'

/** How API keys are used, for the people who own them. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const integer = sqlite ? 'integer' : 'bigint'
  const keyed = sqlite ? 'strict, without rowid' : ''
  return [
    `create table key_usage_days (
      id ${integer} primary key,
      key_id ${integer} not null references api_keys on delete cascade,
      day ${integer} not null,
      requests ${integer} not null,
      refused ${integer} not null,
      unique (key_id, day)
    ) ${sqlite ? 'strict' : ''}`,
    'create index key_usage_days_by_day on key_usage_days (day)',

    `create table key_recent_uses (
      key_id ${integer} not null primary key references api_keys on delete cascade,
      uses ${sqlite ? 'text' : 'text collate "C"'} not null
    ) ${keyed}`,
  ]
}
