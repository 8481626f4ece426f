import type { Steps } from '../migrations.ts'

/** Sign-ins in more than one step. What belongs to a user goes with them. */
export const steps: Steps = (dialect) => {
  const sqlite = dialect === 'sqlite'
  const text = sqlite ? 'text' : 'text collate "C"'
  const integer = sqlite ? 'integer' : 'bigint'
  const bytes = sqlite ? 'blob' : 'bytea'
  const table = sqlite ? 'strict' : ''
  const user = `user_id ${integer} not null references users on delete cascade`

  return [
    `create table pending_sign_ins (
      id ${integer} primary key,
      digest ${bytes} not null,
      ${user},
      created_at ${integer} not null,
      expires_at ${integer} not null,
      amr ${text} not null,
      next ${text},
      guesses ${integer} not null
    ) ${table}`,
    'create index pending_sign_ins_by_user on pending_sign_ins (user_id)',
    'create index pending_sign_ins_by_end on pending_sign_ins (expires_at)',
  ]
}
