import type { Steps } from '../migrations.ts'

/**
 * What came from another system, and what became of it here: an import that is run again makes nothing twice. Clients bring
 * secrets that are hashed in the way of that system, until they show them for the first time.
 */
export const steps: Steps = (dialect) => {
  const [integer, text] = dialect === 'sqlite' ? ['integer', 'text'] : ['bigint', 'text collate "C"']
  return [
    `create table imports (
      source ${text} not null,
      model ${text} not null,
      foreign_key ${text} not null,
      local_id ${integer} not null,
      imported_at ${integer} not null,
      primary key (model, foreign_key, source)
    )${dialect === 'sqlite' ? ' strict, without rowid' : ''}`,
    `alter table clients add column imported_secret_hash ${text}`,
  ]
}
