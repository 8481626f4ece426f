import type { Steps } from '../migrations.ts'

/**
 * Who answers for what works later: invitations that were sent by the administration of the server say so and by whom, and links to a
 * new password that were shown to somebody say to whom. Of those from before nobody knows; they end by themselves.
 */
export const steps: Steps = (dialect) => {
  const integer = dialect === 'sqlite' ? 'integer' : 'bigint'
  return [
    `alter table invitations add column as_operator ${integer} not null default 0 check (as_operator in (0, 1))`,
    `alter table mail_links add column maker_id ${integer} references users on delete cascade`,
    'create index mail_links_by_maker on mail_links (maker_id) where maker_id is not null',
  ]
}
