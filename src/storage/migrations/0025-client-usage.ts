import type { Steps } from '../migrations.ts'

/** How applications are used, by day, for the people who answer for them. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const integer = sqlite ? 'integer' : 'bigint'
  return [
    `create table client_usage_days (
      id ${integer} primary key,
      client_id ${integer} not null references clients on delete cascade,
      day ${integer} not null,
      what ${sqlite ? 'text' : 'text collate "C"'} not null,
      times ${integer} not null,
      unique (client_id, day, what)
    ) ${sqlite ? 'strict' : ''}`,
    'create index client_usage_days_by_day on client_usage_days (day)',
  ]
}
