import type { Membership, User } from '../core/identity.ts'
import { idOrNone } from '../storage/id.ts'
import type { AuthorizationRequest } from './checks/authorization-request.ts'
import type { OAuthClient } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import type { ChoiceOf, OrganisationChoices } from './organisation-choices.ts'

export interface OrganisationNeedsOptions {
  readonly choices: Pick<OrganisationChoices, 'preferred' | 'defaultOf'>
}

/** In which organisation a client is to act for somebody. */
export interface OrganisationNeeds {
  /**
   * The organisation that a request is for: the one that it names, or, for clients that ask for one, the only one that the
   * person belongs to, or what they chose. `null`: none, as for all clients that do not care; `choose`: they have to be
   * asked. Throws `OAuthError`: `access_denied` where they do not belong to the one that is named, whether it exists or not,
   * and `interaction_required` where they would have to be asked and may not be.
   */
  readonly find: (
    request: AuthorizationRequest,
    user: User,
    /** The id of the one that they chose just now (none). */
    chosen: string | null,
  ) => Promise<Membership | 'choose' | null>
  /** Whether it is for the person to choose: what a client names is its own affair. */
  readonly isTheirs: (request: Pick<AuthorizationRequest, 'client' | 'organization'>, user: User) => boolean
  /** Whether what they choose is taken the next time without asking. */
  readonly isRemembered: (request: Pick<AuthorizationRequest, 'client' | 'redirectUri'>) => boolean
  /** The id of the one that is marked to begin with on the page where they choose (none). */
  readonly suggested: (client: Pick<OAuthClient, 'key'>, user: User) => Promise<string | null>
}

export function createOrganisationNeeds({ choices }: OrganisationNeedsOptions): OrganisationNeeds {
  /**
   * What calls itself a public client may be another (RFC 8252, section 8.6): it is asked for each time, unless it is known
   * by where its answers go and is one of the house, whose users are not asked anything.
   */
  function isRemembered({ client, redirectUri }: Pick<AuthorizationRequest, 'client' | 'redirectUri'>): boolean {
    return client.isConfidential || (client.metadata.consent === 'never' && redirectUri.startsWith('https://'))
  }

  return {
    isRemembered,

    isTheirs: ({ client, organization }, { organisations = [] }) =>
      organization === null && client.metadata.asksForOrganisation === true && organisations.length > 1,

    find: async (request, user, chosen) => {
      const { client, organization, prompts } = request
      const { organisations = [] } = user
      if (organization !== null) return namedOrganisation(user, organization) ?? refuse()
      if (client.metadata.asksForOrganisation !== true) return null
      const [only, another] = organisations
      if (only === undefined || another === undefined) return only ?? null
      if (chosen !== null) return organisations.find(({ id }) => id === chosen) ?? 'choose'
      if (!prompts.includes('select_account') && isRemembered(request)) {
        const preferred = await choices.preferred(choiceOf(client, user))
        const membership = organisations.find(({ id }) => id === preferred)
        if (membership !== undefined) return membership
      }
      if (!prompts.includes('none')) return 'choose'
      throw new OAuthError('interaction_required', 'The person has to choose an organisation.')
    },

    suggested: async (client, user) => {
      const of = choiceOf(client, user)
      return (await choices.preferred(of)) ?? choices.defaultOf(of.userId)
    },
  }
}

/** The organisation of somebody that has this id, or else this short name. */
export function namedOrganisation({ organisations = [] }: User, name: string): Membership | null {
  return organisations.find(({ id }) => id === name) ?? organisations.find(({ slug }) => slug === name) ?? null
}

function choiceOf({ key }: Pick<OAuthClient, 'key'>, { id }: User): ChoiceOf {
  return { clientKey: key, userId: idOrNone(id) }
}

/** The same for one that does not exist, and for one that is suspended. */
function refuse(): never {
  throw new OAuthError('access_denied', 'The person cannot act in the organization that was asked for.')
}
