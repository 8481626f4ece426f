import { randomBytes } from 'node:crypto'
import type { Database } from '../storage/database.ts'

/** Gives somebody the row of a passkey of a domain, which no device has. Gives its id. */
export async function addPasskeyRow(
  { database }: { readonly database: Pick<Database, 'append' | 'newId'> },
  user_id: bigint,
  rp_id: string,
): Promise<bigint> {
  const id = database.newId()
  const bytes = new Uint8Array(randomBytes(16))
  await database.append({
    passkeys: {
      id,
      user_id,
      credential_id: bytes,
      public_key: bytes,
      sign_count: 0,
      transports: '',
      is_synced: 0,
      aaguid: '',
      rp_id,
      name: 'key',
      created_at: 0,
      last_used_at: null,
    },
  })
  return id
}
