import type { Steps } from '../migrations.ts'

/** In which organisation applications act for people, and the one that somebody means where they name none. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const keyed = sqlite ? 'strict, without rowid' : ''
  const ofMember = `foreign key (user_id, organisation_id) references organisation_members on delete cascade`

  return [
    // Without a reference: an authorization that is given while an organisation is deleted is stored, and good for nothing.
    `alter table grants add column organisation_id ${integer}`,
    'create index grants_by_organisation on grants (organisation_id, user_id) where organisation_id is not null',
    `alter table device_codes add column organization ${text}`,

    // What was allowed before was allowed wherever somebody belongs.
    `alter table consents add column everywhere ${integer} not null default 1 check (everywhere in (0, 1))`,
    `create table organisation_choices (
      user_id ${integer} not null,
      client_id ${integer} not null references clients on delete cascade,
      organisation_id ${integer} not null,
      chosen_at ${integer} not null,
      is_preferred ${integer} not null check (is_preferred in (0, 1)),
      primary key (user_id, client_id, organisation_id),
      ${ofMember}
    ) ${keyed}`,
    'create index organisation_choices_by_client on organisation_choices (client_id)',
    'create index organisation_choices_by_member on organisation_choices (user_id, organisation_id)',

    `create table default_organisations (
      user_id ${integer} not null primary key,
      organisation_id ${integer} not null,
      ${ofMember}
    ) ${keyed}`,
    // For what goes with a member: the database looks by both columns.
    'create index default_organisations_by_member on default_organisations (user_id, organisation_id)',

    // Who refreshes the tokens of a provider holds them until then, so that nobody else does at the same time.
    `alter table linked_accounts add column refreshing_until ${integer}`,
  ]
}
