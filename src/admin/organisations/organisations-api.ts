import { z } from 'zod'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { flag, id } from '../../api/wire-values.ts'
import { member, memberAnswer } from '../../organisations/api/member-answer.ts'
import { organisation, organisationAnswer } from '../../organisations/api/organisation-answer.ts'
import { standing } from '../../organisations/api/standing-answer.ts'
import type { ApiPlace } from '../../organisations/api/api-place.ts'
import { organisationApi, type OrganisationApiStores } from '../../organisations/api/organisation-api.ts'
import { organisationMembers, valuesIn } from '../../organisations/api/organisation-operations.ts'
import { operator } from '../../organisations/authority.ts'
import type { Members } from '../../organisations/members.ts'
import type { Organisation } from '../../organisations/organisation-values.ts'
import type { Organisations } from '../../organisations/organisations.ts'
import { mayAdminister } from '../may-administer.ts'

export interface OrganisationsApiStores extends OrganisationApiStores {
  readonly organisations: Organisations
  readonly members: Members
}

/** Organisations, for administrators: all of them, and everything in each. */
export function organisationsApi(stores: OrganisationsApiStores): readonly Operation[] {
  const { organisations, members } = stores
  const common = { tag: 'Organisations', permission: mayAdminister } as const
  const place: ApiPlace = {
    ...common,
    path: `${path}{organisation}/`,
    enter: async (organisationId) => {
      const found = await organisations.find(organisationId)
      return found === null ? null : { organisation: found, authority: operator }
    },
  }
  const one = {
    ...common,
    params: { organisation: id('an organisation') },
    object: {
      find: async (asked: { readonly path: { readonly organisation: string } }): Promise<Organisation | null> =>
        organisations.find(asked.path.organisation),
    },
  } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List organisations, newest first',
      isPaged: true,
      query: {
        search: z.string().max(100).optional().meta({ description: 'Only those whose name or short name begins so.' }),
        suspended: flag('Only those that are suspended, or only those that are not (all).'),
      },
      answer: json(z.object({ organisations: z.array(organisation), next: z.string().nullable() })),
      handler: async ({ query: { search, suspended }, page }) => {
        const wanted = {
          ...(search === undefined ? {} : { search }),
          ...(suspended === undefined ? {} : { suspended }),
        }
        const found = await organisations.list({ ...wanted, ...page })
        return { organisations: found.organisations.map(organisationAnswer), next: found.next }
      },
    }),
    operation({
      ...common,
      method: 'POST',
      path,
      summary: 'Make an organisation',
      refuses: ['conflict'],
      body: z.strictObject({
        ...organisationMembers,
        name: z.string(),
        slug: z.string(),
        owner: z.string().meta({ description: 'The id of the user who owns it.' }),
      }),
      answer: json(organisation, { status: 201, description: 'The organisation is there.' }),
      handler: async ({ body, by }) => {
        const { owner: ownerId, name, slug } = body
        return organisationAnswer(await organisations.create({ ...valuesIn(body), name, slug, ownerId }, by))
      },
    }),
    ...(['suspend', 'resume'] as const).map((action) =>
      operation({
        ...one,
        method: 'POST',
        path: `${path}{organisation}/${action}/`,
        summary:
          action === 'suspend'
            ? 'Refuse its service accounts, keys and clients, and the roles of its members'
            : 'End the suspension',
        answer: json(organisation),
        handler: async ({ object, by }) => organisationAnswer(await organisations[action](object.id, by)),
      }),
    ),
    operation({
      ...one,
      params: { ...one.params, user: id('a user') },
      method: 'PUT',
      path: `${path}{organisation}/members/{user}/`,
      summary: 'Make a user a member, without an invitation',
      refuses: ['conflict'],
      body: z.strictObject({ standing: standing.default('member') }),
      answer: json(member, { status: 201, description: 'They are a member.' }),
      handler: async ({ object, path: { user }, body, by }) => {
        await members.add(object.id, user, body.standing, by)
        const found = await members.find(object.id, user)
        if (found === null) throw new Error('The member is gone already.')
        return memberAnswer(found, [])
      },
    }),
    ...organisationApi(place, stores),
  ]
}

const path = '/api/admin/organisations/'
