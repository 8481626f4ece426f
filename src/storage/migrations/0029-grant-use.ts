import type { Steps } from '../migrations.ts'

/** When an application last used what it was allowed. */
export const steps: Steps = (dialect) => [
  `alter table grants add column last_used_at ${dialect === 'sqlite' ? 'integer' : 'bigint'}`,
]
