import { z } from 'zod'
import { type RoleClaim, roleClaims } from '../tokens/pair-claims.ts'
import { duration, textToList, type Setting } from './setting.ts'

/** Settings of organisations and roles: see `settings.ts`. Durations are seconds. */
export interface OrganisationSettings {
  readonly invitationLifetime: number
  readonly jwtRoleClaims: readonly RoleClaim[]
}

const group = 'Organisations and roles'

export const organisationSettings: {
  readonly [Name in keyof OrganisationSettings]: Setting<OrganisationSettings[Name]>
} = {
  invitationLifetime: {
    group,
    default: 604_800,
    parse: duration,
    meaning: 'How long the link of an invitation works.',
  },
  jwtRoleClaims: {
    group,
    default: [...roleClaims],
    parse: z.preprocess(textToList, z.array(z.enum(roleClaims))),
    meaning:
      'What JWT access tokens say of their user: roles, organisations. What a token does not say cannot be asked for by hasRole and memberOf where it is used.',
  },
}
