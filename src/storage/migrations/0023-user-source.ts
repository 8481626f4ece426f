import type { Steps } from '../migrations.ts'

/** Where accounts come from, and those of each source in the order of the list. Of accounts from before it is not known. */
export const steps: Steps = (dialect) => [
  `alter table users add column source ${dialect === 'sqlite' ? 'text' : 'text collate "C"'}`,
  'create index users_by_source on users (source, id)',
]
