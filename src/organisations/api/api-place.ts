import type { z } from 'zod'
import type { ObjectOf } from '../../api/operation.ts'
import { id } from '../../api/wire-values.ts'
import type { Identity } from '../../core/identity.ts'
import type { Permission } from '../../core/permission.ts'
import type { Authority } from '../authority.ts'
import type { Organisation } from '../organisation-values.ts'

/** Where the operations on one organisation are: the same ones serve its members and whoever runs the server. */
export interface ApiPlace {
  /** With the parameter of the organisation: `/api/account/organisations/{organisation}/`. */
  readonly path: string
  readonly tag: string
  readonly permission: Permission<Identity | null, undefined>
  /** What is asked besides of whoever deletes it, hands it over, or makes a key (the same). */
  readonly sensitive?: Permission<Identity | null, undefined>
  /** `null` for an organisation that is none of theirs. */
  readonly enter: (organisationId: string, identity: Identity | null) => Promise<EnteredByApi | null>
}

export interface EnteredByApi {
  readonly organisation: Organisation
  readonly authority: Authority
}

/** What operations on an organisation have in common. */
export function inOrganisation({ tag, permission, enter }: ApiPlace): OperationsCommon {
  return {
    tag,
    permission,
    params: { organisation: id('an organisation') },
    object: { find: async ({ path, identity }) => enter(path.organisation, identity) },
  }
}

export interface OperationsCommon extends Pick<ApiPlace, 'tag' | 'permission'> {
  readonly params: { readonly organisation: z.ZodString }
  readonly object: ObjectOf<{ readonly organisation: string }, EnteredByApi>
}
