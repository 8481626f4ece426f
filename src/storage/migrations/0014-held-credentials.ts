import type { Steps } from '../migrations.ts'

/**
 * Keys and clients that an administrator switched off, which their owners do not switch on: no log has to be asked for that.
 * Of what is off from before nobody knows who did it: `null` counts as an administrator, and no row is touched here.
 */
export const steps: Steps = (dialect) => {
  const integer = dialect === 'sqlite' ? 'integer' : 'bigint'
  return [`alter table api_keys add column held ${integer}`, `alter table clients add column held ${integer}`]
}
