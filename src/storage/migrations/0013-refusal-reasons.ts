import type { Steps } from '../migrations.ts'

/** Why keys are refused, by day, for the people who own them. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const integer = sqlite ? 'integer' : 'bigint'
  return [
    `create table key_refusal_days (
      id ${integer} primary key,
      key_id ${integer} not null references api_keys on delete cascade,
      day ${integer} not null,
      reason ${sqlite ? 'text' : 'text collate "C"'} not null,
      refused ${integer} not null,
      unique (key_id, day, reason)
    ) ${sqlite ? 'strict' : ''}`,
    'create index key_refusal_days_by_day on key_refusal_days (day)',
  ]
}
