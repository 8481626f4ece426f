import type { Steps } from '../migrations.ts'

/** What an API key is for, in the words of whoever made it. */
export const steps: Steps = (dialect) => [
  `alter table api_keys add column purpose ${dialect === 'sqlite' ? 'text' : 'text collate "C"'} not null default ''`,
]
