import type { Steps } from '../migrations.ts'

/** Who has fetched the public signing keys, for whoever is about to exchange them. */
export const steps: Steps = (dialect) => {
  const [integer, text] = dialect === 'sqlite' ? ['integer', 'text'] : ['bigint', 'text collate "C"']
  return [
    `create table key_set_readers (
      id ${integer} primary key,
      name ${text} not null,
      network ${text} not null,
      program ${text} not null,
      first_at ${integer} not null,
      last_at ${integer} not null,
      reads ${integer} not null,
      unique (name, network, program)
    )${dialect === 'sqlite' ? ' strict' : ''}`,
    'create index key_set_readers_by_last on key_set_readers (last_at)',
  ]
}
