import { z } from 'zod'
import { clientAnswer } from '../../oauth/client-answers.ts'
import type { ClientRecord } from '../../oauth/client-record.ts'

/** A client as it goes over the wire; beside what stands here, every member of RFC 7591 that it is registered with. */
export interface ClientWire {
  readonly [member: string]: unknown
  readonly client_id: string
  readonly updated_at: number
}

/** The same with a secret that was made just now. */
export interface ClientWireWithSecret extends ClientWire {
  readonly client_secret?: string | undefined
}

/** Seconds since 1970. */
export const seconds: z.ZodInt = z.int().meta({ description: 'Seconds since 1970.' })

const registered = {
  client_id: z.string(),
  client_id_issued_at: seconds,
  client_name: z.string().optional(),
  token_endpoint_auth_method: z.string(),
  grant_types: z.array(z.string()).optional(),
  redirect_uris: z.array(z.string()).optional(),
  scope: z.string().optional(),
  client_secret_expires_at: z.int().optional(),
  is_active: z.boolean(),
  is_held: z.boolean().meta({ description: 'Whether an administrator switched it off: then only one switches it on.' }),
  is_confidential: z.boolean(),
  source: z
    .enum(['manual', 'portal', 'dynamic', 'document'])
    .meta({ description: 'manual: by an administrator, or reviewed by one; people are warned of all others.' }),
  owner: z.string().nullable().meta({ description: 'The id of the user who answers for it.' }),
  organisation: z.string().nullable().meta({ description: 'The id of the organisation that it belongs to.' }),
  updated_at: seconds,
  credentials_end_at: seconds
    .nullable()
    .meta({ description: 'When the first of its secrets, keys and certificates ends; null: none does.' }),
  secret_last_used_at: seconds.nullable(),
  secret_rotation: z
    .object({
      ends_at: seconds.nullable(),
      old_last_used_at: seconds.nullable(),
      new_last_used_at: seconds.nullable(),
    })
    .nullable(),
}

export const client: z.ZodType<ClientWire> = z
  .looseObject(registered)
  .meta({ id: 'Client', description: 'An application, by the names of RFC 7591.' })

export const clientWithSecret: z.ZodType<ClientWireWithSecret> = z
  .looseObject({ ...registered, client_secret: z.string().optional() })
  .meta({ id: 'ClientWithSecret', description: 'A client, with a secret that was made just now.' })

/** Its members are those of `toWire`, which the schema tells. */
export function answered(record: ClientRecord): ClientWire {
  return clientAnswer(record) as ClientWire
}
