import type { Steps } from '../migrations.ts'

/** Messages that administrators sent to themselves to see whether mail arrives, and what became of each. */
export const steps: Steps = (dialect) => {
  const [integer, text] = dialect === 'sqlite' ? ['integer', 'text'] : ['bigint', 'text collate "C"']
  return [
    `create table mail_tests (
      id ${integer} primary key,
      server ${text} not null,
      asked_at ${integer} not null,
      expires_at ${integer} not null,
      delivered_at ${integer},
      failed_at ${integer},
      reason ${text}
    )${dialect === 'sqlite' ? ' strict' : ''}`,
  ]
}
