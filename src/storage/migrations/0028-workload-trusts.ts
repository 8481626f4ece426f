import type { Steps } from '../migrations.ts'

/** Which tokens of issuers elsewhere stand for a service account. */
export const steps: Steps = (dialect) => {
  const [integer, text] = dialect === 'sqlite' ? ['integer', 'text'] : ['bigint', 'text collate "C"']
  return [
    `create table workload_trusts (
      id ${integer} primary key,
      service_account_id ${integer} not null references service_accounts on delete cascade,
      issuer ${text} not null,
      subject ${text} not null,
      audience ${text} not null,
      scopes ${text} not null,
      created_at ${integer} not null,
      last_used_at ${integer}
    )${dialect === 'sqlite' ? ' strict' : ''}`,
    'create unique index workload_trusts_alike on workload_trusts (service_account_id, issuer, audience, subject)',
    'create index workload_trusts_by_issuer on workload_trusts (issuer, audience)',
  ]
}
