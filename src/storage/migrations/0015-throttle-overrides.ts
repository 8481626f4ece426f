import type { Steps } from '../migrations.ts'

/** Limits of their own for single callers, with an end. They are few: every process has all of them in memory. */
export const steps: Steps = (dialect) => {
  const [integer, text] = dialect === 'sqlite' ? ['integer', 'text'] : ['bigint', 'text collate "C"']
  return [
    `create table throttle_overrides (
      id ${integer} primary key,
      throttle ${text} not null,
      subject ${text} not null,
      rate ${text},
      reason ${text} not null,
      created_by ${text} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null,
      unique (throttle, subject)
    )${dialect === 'sqlite' ? ' strict' : ''}`,
    'create index throttle_overrides_by_end on throttle_overrides (expires_at)',
  ]
}
