import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { Clients } from '../../oauth/clients.ts'
import type { EndClientTokens } from '../../oauth/end-client-tokens.ts'
import { clientNames } from '../../oauth/client-wire.ts'
import { givenClientIn, namedOnWire } from '../../oauth/client-answers.ts'
import { answered, client, clientWithSecret, seconds } from './client-schema.ts'
import { clientOwnerApi, type ClientOwnerApiStores } from './client-owner-api.ts'
import { clientReviewApi, type ClientReviewApiStores } from './client-review-api.ts'
import { freshly } from '../../api/operations-asking-for-proof.ts'
import { mayAdminister } from '../may-administer.ts'
import { checkTrusts } from '../in-person.ts'

/** The clients of the authorization server, for administrators. Members have the names of RFC 7591. */
export function clientsApi({
  clients,
  endClientTokens,
  clock,
  ...stores
}: Omit<ClientOwnerApiStores & ClientReviewApiStores, 'clients'> & {
  readonly clients: Clients
  readonly endClientTokens: EndClientTokens
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
        expires_within_days: days.optional(),
      },
      answer: json(z.object({ clients: z.array(client), next: z.string().nullable() })),
      handler: async ({ query: { owner, organisation, expires_within_days: within }, page }) => {
        const found = await clients.list({
          ...page,
          ...(owner === undefined ? {} : { owner }),
          ...(organisation === undefined ? {} : { organisation }),
          ...(within === undefined ? {} : { endsAfter: clock(), endsBefore: clock() + within * 86_400_000 }),
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
        checkTrusts(identity, null, given)
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
          checkTrusts(asked.identity, await clients.find(asked.path.client_id), given)
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
        checkTrusts(asked.identity, await clients.find(asked.path.client_id))
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
        text: z.string().optional().meta({ description: 'A message to its owner (none).' }),
      }),
      answer: json(client),
      handler: async ({ path: { client_id: id }, body, by }) => {
        const found = await clients.find(id)
        if (found === null) throw new RequestRefused('not_found')
        const isSeen = body.updated_at === undefined || body.updated_at === Math.floor(found.updatedAt / 1000)
        const said = { by, text: body.text ?? '', seen: isSeen ? found.updatedAt : 0 }
        return answered(await stores.reviews.accept(id, said))
      },
    }),
    ...clientReviewApi({ clients, ...stores }),
    ...clientOwnerApi({ clients, ...stores }),
    operation({
      ...one,
      method: 'POST',
      path: `${path}{client_id}/revoke-tokens/`,
      summary: 'End every grant and token of a client, and leave the client as it is',
      description: 'Everybody has to allow it again, and it has to ask for new tokens. Its secret goes on.',
      body: z.strictObject({}),
      answer: json(z.object({ grants: z.int() }), { description: 'How many grants have ended.' }),
      handler: async (asked) => ({ grants: await endClientTokens(asked.path.client_id, { by: asked.by }) }),
    }),
    action('disable', 'Switch a client off, and its tokens with it', async (id, by) => clients.disable(id, { by })),
    action('enable', 'Switch a client on again', async (id, by) => clients.enable(id, { by })),
  ]
}

const path = '/api/admin/clients/'

type By = Parameters<Clients['enable']>[1]['by']

/** A secret that was made just now is shown this once. */
function shown(secret: string | null): { readonly client_secret?: string } {
  return secret === null ? {} : { client_secret: secret }
}

const days = z.coerce.number().int().min(1).max(3650).meta({
  description:
    'Only those of which a secret, key or certificate ends within so many days, the next to end first (all).',
})

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
