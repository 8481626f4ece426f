import type { Steps } from '../migrations.ts'

/** What the last one called itself that used an API key. */
export const steps: Steps = (dialect) => [
  `alter table api_keys add column last_used_user_agent ${dialect === 'sqlite' ? 'text' : 'text collate "C"'}`,
]
