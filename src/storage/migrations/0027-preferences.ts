import type { Steps } from '../migrations.ts'

/** How people want moments written, and which mail they do not want. */
export const steps: Steps = (dialect) => {
  const [integer, text] = dialect === 'sqlite' ? ['integer', 'text'] : ['bigint', 'text collate "C"']
  return [
    `create table preferences (
      user_id ${integer} primary key references users on delete cascade,
      time_zone ${text},
      unwanted_mail ${text} not null default ''
    )${dialect === 'sqlite' ? ' strict' : ''}`,
  ]
}
