import { z } from 'zod'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { freshly } from '../api/operations-asking-for-proof.ts'
import { moment, toMoment } from '../api/wire-values.ts'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Permission } from '../core/permission.ts'
import { standing } from '../organisations/api/standing-answer.ts'
import { type ApiPlace, inOrganisation } from '../organisations/api/api-place.ts'
import { organisationApi, type OrganisationApiStores } from '../organisations/api/organisation-api.ts'
import { authorityOf } from '../organisations/authority.ts'
import type { Invitations } from '../organisations/invitations.ts'
import type { DefaultOrganisations } from '../organisations/default-organisations.ts'
import type { OwnMembership } from '../organisations/member-list.ts'
import type { Members } from '../organisations/members.ts'
import type { Organisations } from '../organisations/organisations.ts'
import { allOf } from '../permissions/all-of.ts'
import { hasScope } from '../permissions/has-scope.ts'
import { isUser } from '../permissions/is-user.ts'
import { personOf } from './person-of.ts'

export interface OwnOrganisationsApiStores extends OrganisationApiStores {
  readonly organisations: Pick<Organisations, 'find' | 'update' | 'delete'>
  readonly members: Pick<Members, 'list' | 'find' | 'setStanding' | 'remove' | 'transfer' | 'of'>
  readonly defaults: DefaultOrganisations
  readonly invitations: Pick<Invitations, 'list' | 'find' | 'create' | 'resend' | 'cancel' | 'accept'>
  readonly clock: () => number
}

/** A person; an API key or a token that was given to an application needs the scope as well. */
export const mayUseAccount: Permission = allOf(isUser, hasScope('account'))

/** The organisations that one is in, for programs: what `/account/organisations/` shows. */
export function ownOrganisationsApi(stores: OwnOrganisationsApiStores): readonly {
  readonly path: string
  readonly operations: readonly Operation[]
}[] {
  const { organisations, members, defaults, invitations } = stores
  const common = { tag: 'Your organisations', permission: mayUseAccount } as const
  const place: ApiPlace = {
    ...common,
    path: `${path}{organisation}/`,
    sensitive: freshly(mayUseAccount, stores.clock),
    enter: async (organisationId, identity) => {
      const membership = personOf(identity).organisations?.find(({ id }) => id === organisationId)
      const organisation = membership === undefined ? null : await organisations.find(organisationId)
      if (membership === undefined || organisation === null) return null
      return { organisation, authority: authorityOf(membership, personOf(identity).id) }
    },
  }

  const ofOrganisations = [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List the organisations that you are in',
      answer: json(z.object({ organisations: z.array(ownMembership) })),
      handler: async ({ identity }) => {
        const user = personOf(identity)
        const [all, standard] = await Promise.all([ownMemberships(members, user), defaults.of(user.id)])
        return {
          organisations: all.map((one) => ({
            organisation: one.organisationId,
            name: one.name,
            slug: one.slug,
            standing: one.standing,
            joined_at: toMoment(one.joinedAt),
            is_suspended: one.suspendedAt !== null,
            is_default: one.organisationId === standard,
          })),
        }
      },
    }),
    operation({
      ...inOrganisation(place),
      method: 'PUT',
      path: `${place.path}default/`,
      summary: 'Make an organisation your default',
      description: 'It is marked where you choose an organisation for an application.',
      answer: nothing,
      handler: async ({ object, identity, by }) => {
        await defaults.set(personOf(identity).id, object.organisation.id, by)
        return undefined
      },
    }),
    operation({
      ...inOrganisation(place),
      method: 'DELETE',
      path: `${place.path}default/`,
      summary: 'Let an organisation be your default no longer',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, identity, by }) => {
        if (await defaults.clear(personOf(identity).id, object.organisation.id, by)) return undefined
        throw new RequestRefused('conflict', 'It is not your default.')
      },
    }),
    operation({
      ...inOrganisation(place),
      method: 'POST',
      path: `${place.path}leave/`,
      summary: 'Leave an organisation',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, identity, by }) => {
        await members.remove(object.organisation.id, personOf(identity).id, by)
        return undefined
      },
    }),
    ...organisationApi(place, stores),
  ]
  const ofInvitations = [
    operation({
      ...common,
      method: 'POST',
      path: `${invitationsPath}accept/`,
      summary: 'Join an organisation by the token of an invitation',
      description: 'The e-mail address that it was sent to has to be yours, and verified.',
      refuses: ['conflict', 'not_found'],
      body: z.strictObject({ token: z.string().max(200) }),
      answer: json(z.object({ organisation: z.string() })),
      handler: async ({ identity, body, by }) => {
        const user = personOf(identity)
        if (user.organisation !== undefined) {
          throw new PermissionDenied('permission_denied', 'The token is for one organisation, and joins no other.')
        }
        const { organisationId } = await invitations.accept(body.token, user.id, by)
        return { organisation: organisationId }
      },
    }),
  ]
  return [
    { path, operations: ofOrganisations },
    { path: invitationsPath, operations: ofInvitations },
  ]
}

const path = '/api/account/organisations/'
const invitationsPath = '/api/account/invitations/'

const ownMembership = z
  .object({
    organisation: z.string().meta({ description: 'The id of the organisation.' }),
    name: z.string(),
    slug: z.string(),
    standing,
    joined_at: moment,
    is_suspended: z.boolean(),
    is_default: z.boolean(),
  })
  .meta({ id: 'OwnMembership', description: 'An organisation that you are in.' })

/** Those that a person is in; where their token is bound to one, that one. */
async function ownMemberships(
  members: Pick<Members, 'of'>,
  { id, organisation }: User,
): Promise<readonly OwnMembership[]> {
  const all = await members.of(id)
  return organisation === undefined ? all : all.filter(({ organisationId }) => organisationId === organisation.id)
}
