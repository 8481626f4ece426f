import type { Columns } from './columns.ts'

/** Organisations and roles, for `columns`. */
export const organisationTables: Columns<
  | 'organisations'
  | 'organisation_members'
  | 'organisation_choices'
  | 'default_organisations'
  | 'roles'
  | 'role_grants'
  | 'invitations'
> = {
  organisations: {
    id: 'id',
    name: 'text',
    slug: 'text',
    second_factor_required: 'integer',
    longest_key_lifetime: 'integer',
    allowed_permissions: 'text',
    allowed_scopes: 'text',
    created_at: 'integer',
    suspended_at: 'integer',
  },
  organisation_members: { user_id: 'id', organisation_id: 'id', standing: 'text', joined_at: 'integer' },
  organisation_choices: {
    user_id: 'id',
    client_id: 'id',
    organisation_id: 'id',
    chosen_at: 'integer',
    is_preferred: 'integer',
  },
  default_organisations: { user_id: 'id', organisation_id: 'id' },
  roles: {
    id: 'id',
    organisation_id: 'id',
    name: 'text',
    description: 'text',
    permissions: 'text',
    created_at: 'integer',
  },
  role_grants: {
    id: 'id',
    role_id: 'id',
    user_id: 'id',
    organisation_id: 'id',
    created_at: 'integer',
    ends_at: 'integer',
  },
  invitations: {
    id: 'id',
    digest: 'bytes',
    organisation_id: 'id',
    email: 'text',
    email_key: 'text',
    standing: 'text',
    inviter_id: 'id',
    as_operator: 'integer',
    created_at: 'integer',
    sent_at: 'integer',
    expires_at: 'integer',
    accepted_at: 'integer',
    accepted_user_id: 'id',
    cancelled_at: 'integer',
  },
}
