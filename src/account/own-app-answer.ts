import { z } from 'zod'
import { moment, momentOrNull, toMoment } from '../api/wire-values.ts'
import { type ClientKind, clientKindOf } from '../oauth/client-kind.ts'
import type { ClientRecord } from '../oauth/clients.ts'

/** An application of one's own as it goes over the wire: the names of RFC 7591, and what is ours beside them. */
export interface OwnAppAnswer {
  readonly client_id: string
  readonly kind: ClientKind
  readonly client_name: string
  readonly redirect_uris: readonly string[]
  readonly scope: string
  readonly client_uri: string | null
  readonly policy_uri: string | null
  readonly organisation: string | null
  readonly is_active: boolean
  readonly is_held: boolean
  readonly is_reviewed: boolean
  readonly logo: string | null
  readonly created_at: string
  readonly has_secret: boolean
  readonly secret_last_used_at: string | null
  readonly is_rolling: boolean
  readonly old_secret_ends_at: string | null
}

export const appKind: z.ZodType<ClientKind, ClientKind> = z.enum(['web', 'browser', 'native', 'device', 'machine'])

export const ownApp: z.ZodType<OwnAppAnswer, OwnAppAnswer> = z
  .object({
    client_id: z.string(),
    kind: appKind,
    client_name: z.string(),
    redirect_uris: z.array(z.string()).readonly(),
    scope: z.string().meta({ description: 'With blanks between.' }),
    client_uri: z.string().nullable(),
    policy_uri: z.string().nullable(),
    organisation: z.string().nullable().meta({ description: 'The id of the organisation that it belongs to.' }),
    is_active: z.boolean(),
    is_held: z
      .boolean()
      .meta({ description: 'Whether an administrator switched it off: then only one switches it on.' }),
    is_reviewed: z.boolean().meta({ description: 'People are warned of one that nobody here has looked at.' }),
    logo: z.string().nullable().meta({ description: 'The path of its picture on this server.' }),
    created_at: moment,
    has_secret: z.boolean(),
    secret_last_used_at: momentOrNull,
    is_rolling: z.boolean(),
    old_secret_ends_at: momentOrNull.meta({ description: 'While it is rolled: when the old secret ends by itself.' }),
  })
  .meta({ id: 'OwnApp', description: 'An application that you answer for.' })

export function ownAppAnswer(client: ClientRecord, logo: string | null): OwnAppAnswer {
  const { metadata, rotation } = client
  return {
    client_id: client.id,
    kind: clientKindOf(client),
    client_name: client.name,
    redirect_uris: metadata.redirectUris ?? [],
    scope: client.scopes.join(' '),
    client_uri: metadata.clientUri ?? null,
    policy_uri: metadata.policyUri ?? null,
    organisation: client.organisationId,
    is_active: client.isActive,
    is_held: client.isHeld,
    is_reviewed: client.source === 'manual',
    logo,
    created_at: toMoment(client.createdAt),
    has_secret: client.hasSecret,
    secret_last_used_at: toMoment(client.secretLastUsedAt),
    is_rolling: rotation !== null,
    old_secret_ends_at: toMoment(rotation?.endsAt ?? null),
  }
}
