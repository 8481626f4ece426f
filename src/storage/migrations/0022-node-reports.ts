import type { Steps } from '../migrations.ts'

/** How each running server is, as it says itself, so that one page shows all of them. */
export const steps: Steps = (dialect) => {
  const [integer, text] = dialect === 'sqlite' ? ['integer', 'text'] : ['bigint', 'text collate "C"']
  return [
    `create table node_reports (
      number ${integer} primary key,
      reported_at ${integer} not null,
      report ${text} not null
    )${dialect === 'sqlite' ? ' strict' : ''}`,
    'create index node_reports_by_time on node_reports (reported_at)',
  ]
}
