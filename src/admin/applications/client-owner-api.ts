import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { ChangeClientOwner, ClientOwner } from '../../oauth/change-client-owner.ts'
import type { Clients } from '../../oauth/clients.ts'
import type { PreviewTokens } from '../../oauth/token-preview.ts'
import { mayAdminister } from '../may-administer.ts'
import { answered, client } from './client-schema.ts'
import { checkTrusts } from '../in-person.ts'

export interface ClientOwnerApiStores {
  readonly clients: Pick<Clients, 'find'>
  readonly changeClientOwner: ChangeClientOwner
  readonly previewTokens: PreviewTokens
}

/** Giving a client to somebody else, and what it would be told of a user. */
export function clientOwnerApi({
  clients,
  changeClientOwner,
  previewTokens,
}: ClientOwnerApiStores): readonly Operation[] {
  const one = {
    tag: 'Clients',
    permission: mayAdminister,
    params: { client_id: z.string().meta({ description: 'As the client sends it.' }) },
  } as const
  return [
    operation({
      ...one,
      method: 'POST',
      path: '/api/admin/clients/{client_id}/change-owner/',
      summary: 'Give a client to another user, to an organisation, or to nobody',
      description: 'Whoever has it sees and changes it in their portal. Secrets and grants go on.',
      body: z.strictObject({
        owner: z.string().max(64).nullish().meta({ description: 'The id of a user.' }),
        organisation: z.string().max(64).nullish().meta({ description: 'The id of an organisation.' }),
      }),
      answer: json(client),
      handler: async ({ identity, path: { client_id: id }, body, by }) => {
        const found = await clients.find(id)
        if (found === null) throw new RequestRefused('not_found')
        checkTrusts(identity, found)
        return answered(await changeClientOwner(id, ownerIn(body), { by }))
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: '/api/admin/clients/{client_id}/preview/',
      summary: 'Read what a client would be told of a user',
      description: 'The claims of the ID token, of the access token and of UserInfo. No token is issued.',
      refuses: ['conflict'],
      query: {
        user: z.string().max(64).meta({ description: 'The id of a user.' }),
        scope: z.string().max(1000).optional().meta({ description: 'With blanks between (all that it may ask for).' }),
      },
      answer: json(
        z.object({
          id_token: claims.nullable(),
          access_token: z.object({ format: z.enum(['jwt', 'opaque']), claims }),
          userinfo: claims.nullable(),
        }),
      ),
      handler: async ({ path: { client_id: id }, query }) => {
        const found = await clients.find(id)
        if (found === null) throw new RequestRefused('not_found')
        const scopes = query.scope === undefined ? found.scopes : query.scope.split(' ').filter((one) => one !== '')
        const { idToken, accessToken, userInfo } = await previewTokens({ clientId: id, userId: query.user, scopes })
        return { id_token: idToken, access_token: accessToken, userinfo: userInfo }
      },
    }),
  ]
}

const claims = z.record(z.string(), z.unknown())

function ownerIn({
  owner = null,
  organisation = null,
}: {
  readonly owner?: string | null | undefined
  readonly organisation?: string | null | undefined
}): ClientOwner {
  if (owner !== null && organisation !== null) {
    const message = 'It belongs to a user or to an organisation, not to both.'
    throw new RequestRefused('invalid', message, { body: { organisation: [message] } })
  }
  if (owner !== null) return { kind: 'user', id: owner }
  return organisation === null ? null : { kind: 'organisation', id: organisation }
}
