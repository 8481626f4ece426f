import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { Clients } from '../../oauth/clients.ts'
import { clientNames } from '../../oauth/client-wire.ts'
import { clientAnswer, givenClientIn, namedOnWire } from '../../oauth/client-answers.ts'
import { clientOwnerApi, type ClientOwnerApiStores } from './client-owner-api.ts'
import { actingUser } from '../acting-user.ts'
import { freshly } from '../../api/operations-asking-for-proof.ts'
import { mayAdminister } from '../may-administer.ts'
import { checkMayTrust } from '../may-trust.ts'

/** The clients of the authorization server, for administrators. Members have the names of RFC 7591. */
export function clientsApi({
  clients,
  clock,
  ...stores
}: Omit<ClientOwnerApiStores, 'clients'> & {
  readonly clients: Clients
  /** Milliseconds since 1970. */
  readonly clock: () => number
}): readonly Operation[] {
  const common = { tag: 'Clients', permission: mayAdminister } as const
  const one = { ...common, params: { client_id: z.string().meta({ description: 'As the client sends it.' }) } } as const

  const action = (
    name: string,
    summary: string,
    work: (id: string, by: By) => ReturnType<Clients['enable']>,
  ): Operation =>
    operation({
      ...one,
      method: 'POST',
      path: `${path}{client_id}/${name}/`,
      summary,
      refuses: ['conflict'],
      body: z.strictObject({}),
      answer: json(client),
      handler: async (asked) => answered(await work(asked.path.client_id, asked.by)),
    })

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List clients, newest first',
      isPaged: true,
      query: {
        owner: z.string().optional().meta({ description: 'Only those that this user answers for (all).' }),
        organisation: z.string().optional().meta({ description: 'Only those of this organisation (all).' }),
      },
      answer: json(z.object({ clients: z.array(client), next: z.string().nullable() })),
      handler: async ({ query: { owner, organisation }, page }) => {
        const found = await clients.list({
          ...page,
          ...(owner === undefined ? {} : { owner }),
          ...(organisation === undefined ? {} : { organisation }),
        })
        return { clients: found.clients.map(answered), next: found.next }
      },
    }),
    operation({
      ...common,
      permission: freshly(mayAdminister, clock),
      method: 'POST',
      path,
      summary: 'Register a client',
      description: 'Where it has a secret, the answer is the only time that it is shown.',
      refuses: ['conflict'],
      body: z.looseObject({ ...values, client_id: text, client_secret: text, owner: text, organisation: text }),
      answer: json(clientWithSecret, { status: 201, description: 'It is registered.' }),
      handler: async ({ identity, body, by }) => {
        const { owner, organisation, client_id: identifier, client_secret: secret } = body
        const given = givenClientIn(body, ['owner', 'organisation', 'client_id', 'client_secret'])
        checkMayTrust(actingUser(identity), null, given)
        const made = await namedOnWire(
          clients.create(given, {
            by,
            owner: owner ?? null,
            organisation: organisation ?? null,
            ...(typeof identifier === 'string' ? { identifier } : {}),
            ...(typeof secret === 'string' ? { secret } : {}),
          }),
        )
        return { ...answered(made.client), ...shown(made.secret) }
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{client_id}/`,
      summary: 'Read a client',
      answer: json(client),
      handler: async (asked) => {
        const found = await clients.find(asked.path.client_id)
        if (found === null) throw new RequestRefused('not_found')
        return answered(found)
      },
    }),
    ...(['PATCH', 'PUT'] as const).map((method) =>
      operation({
        ...one,
        permission: freshly(mayAdminister, clock),
        method,
        path: `${path}{client_id}/`,
        summary:
          method === 'PATCH' ? 'Change what is sent of a client' : 'Replace all that a client is registered with',
        body: z.looseObject(values),
        answer: json(clientWithSecret),
        handler: async (asked) => {
          const change = method === 'PATCH' ? clients.update : clients.replace
          const given = givenClientIn(asked.body)
          checkMayTrust(actingUser(asked.identity), await clients.find(asked.path.client_id), given)
          const changed = await namedOnWire(change(asked.path.client_id, given, { by: asked.by }))
          return { ...answered(changed.client), ...shown(changed.secret) }
        },
      }),
    ),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}{client_id}/`,
      summary: 'Delete a client with its grants, consents and tokens',
      answer: nothing,
      handler: async (asked) => clients.delete(asked.path.client_id, { by: asked.by }).then(() => undefined),
    }),
    operation({
      ...one,
      permission: freshly(mayAdminister, clock),
      method: 'POST',
      path: `${path}{client_id}/rotate-secret/`,
      summary: 'Give a client another secret beside the one it has',
      refuses: ['conflict'],
      body: z.strictObject({ overlap }),
      answer: json(clientWithSecret),
      handler: async (asked) => {
        checkMayTrust(actingUser(asked.identity), await clients.find(asked.path.client_id))
        const how = asked.body.overlap === undefined ? {} : { overlap: asked.body.overlap }
        const rotated = await clients.startSecretRotation(asked.path.client_id, { by: asked.by, ...how })
        return { ...answered(rotated.client), ...shown(rotated.secret) }
      },
    }),
    action('finish-rotation', 'End the old secret now', async (id, by) => clients.finishSecretRotation(id, { by })),
    action('cancel-rotation', 'End the new secret, and keep the old one', async (id, by) =>
      clients.cancelSecretRotation(id, { by }),
    ),
    operation({
      ...one,
      method: 'POST',
      path: `${path}{client_id}/review/`,
      summary: 'Say that a client that was registered in the portal was looked at',
      description:
        'People are no longer warned that nobody here knows it. It counts for the client as it is: once its owner changes it, people are warned again.',
      refuses: ['conflict'],
      body: z.strictObject({
        updated_at: seconds.optional().meta({ description: 'Its updated_at when it was looked at (as it is now).' }),
      }),
      answer: json(client),
      handler: async ({ path: { client_id: id }, body, by }) => {
        const found = await clients.find(id)
        if (found === null) throw new RequestRefused('not_found')
        const isSeen = body.updated_at === undefined || body.updated_at === Math.floor(found.updatedAt / 1000)
        return answered(await clients.review(id, { by, seen: isSeen ? found.updatedAt : 0 }))
      },
    }),
    ...clientOwnerApi({ clients, ...stores }, { client, answered }),
    action('disable', 'Switch a client off, and its tokens with it', async (id, by) => clients.disable(id, { by })),
    action('enable', 'Switch a client on again', async (id, by) => clients.enable(id, { by })),
  ]
}

const path = '/api/admin/clients/'

/** Its members are those of `toWire`, which are told below. */
function answered(record: Parameters<typeof clientAnswer>[0]): z.input<typeof client> {
  return clientAnswer(record) as z.input<typeof client>
}

type By = Parameters<Clients['enable']>[1]['by']

/** A secret that was made just now is shown this once. */
function shown(secret: string | null): { readonly client_secret?: string } {
  return secret === null ? {} : { client_secret: secret }
}

const year = 31_536_000
const wrongOverlap = 'It has to be a number of seconds up to a year, or null for no end.'
const overlap = z
  .int(wrongOverlap)
  .min(0, wrongOverlap)
  .max(year, wrongOverlap)
  .nullable()
  .optional()
  .meta({ description: 'For how many seconds the old one goes on; null: until the rotation is finished (7 days).' })

const text = z.string().nullish()

/** The store checks them, all at once and with sentences of its own: here they are only told. */
const values = Object.fromEntries(
  Object.values(clientNames).map((name) => [
    name,
    z
      .unknown()
      .optional()
      .meta({ description: `RFC 7591: ${name}` }),
  ]),
)

const seconds = z.int().meta({ description: 'Seconds since 1970.' })
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
  secret_last_used_at: seconds.nullable(),
  secret_rotation: z
    .object({
      ends_at: seconds.nullable(),
      old_last_used_at: seconds.nullable(),
      new_last_used_at: seconds.nullable(),
    })
    .nullable(),
}
const client = z
  .looseObject(registered)
  .meta({ id: 'Client', description: 'An application, by the names of RFC 7591.' })
const clientWithSecret = z
  .looseObject({ ...registered, client_secret: z.string().optional() })
  .meta({ id: 'ClientWithSecret', description: 'A client, with a secret that was made just now.' })
