import type { Steps } from '../migrations.ts'

/** Applications that wait for a review, what is said about it, who tries them before, and their logos. */
export const steps: Steps = (dialect) => {
  const [integer, text, bytes] =
    dialect === 'sqlite' ? ['integer', 'text', 'blob'] : ['bigint', 'text collate "C"', 'bytea']
  const [strict, keyed] = dialect === 'sqlite' ? [' strict', ' strict, without rowid'] : ['', '']
  return [
    `create table client_reviews (
      client_id ${integer} primary key references clients on delete cascade,
      state ${text} not null,
      since ${integer} not null
    )${strict}`,
    "create index client_reviews_waiting on client_reviews (since, client_id) where state = 'waiting'",

    `create table client_messages (
      id ${integer} primary key,
      client_id ${integer} not null references clients on delete cascade,
      kind ${text} not null,
      is_reviewer ${integer} not null,
      actor ${text} not null,
      body ${text} not null,
      created_at ${integer} not null
    )${strict}`,
    'create index client_messages_by_client on client_messages (client_id, id)',

    `create table client_testers (
      client_id ${integer} not null references clients on delete cascade,
      email_key ${text} not null,
      email ${text} not null,
      created_at ${integer} not null,
      primary key (client_id, email_key)
    )${keyed}`,

    `create table client_logos (
      client_id ${integer} primary key references clients on delete cascade,
      media_type ${text} not null,
      digest ${text} not null,
      bytes ${bytes} not null,
      updated_at ${integer} not null
    )${strict}`,
  ]
}
