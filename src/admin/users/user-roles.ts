import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import type { Users } from '../../accounts/users.ts'
import type { Members } from '../../organisations/members.ts'
import type { RoleGrants } from '../../organisations/role-grants.ts'
import type { Roles } from '../../organisations/roles.ts'
import { giveRoleForm, heldRoles, roleGiving, type RoleTarget } from '../../organisations/screens/role-giving.ts'
import { standingWords } from '../../organisations/screens/standing-words.ts'
import { moment } from '../../pages/components.ts'
import { badge } from '../../pages/facts.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { type Faults, problemsOf } from '../../screens/faults.ts'
import type { Posted, Screen, View, Visit } from '../../screens/screen.ts'
import { checkMayActOn, mayActOn } from '../acting-on.ts'
import { userFrame, userOf } from './user-frame.ts'

export interface UserRolesStores {
  readonly users: Pick<Users, 'find'>
  readonly roles: Pick<Roles, 'list'>
  readonly roleGrants: Pick<RoleGrants, 'of' | 'grant' | 'revoke'>
  readonly members: Pick<Members, 'of'>
  readonly clock: () => number
}

/** The roles of a user that count everywhere, and the organisations that they are in. */
export function userRoles({ users, roles, roleGrants, members, clock }: UserRolesStores): Screen {
  async function page(visit: Visit, faults: Faults = {}): Promise<View> {
    const user = await userOf(visit, users)
    const mayChange = mayActOn(visit.user, user)
    const [grants, all, memberships] = await Promise.all([
      roleGrants.of(user.id),
      roles.list(null),
      members.of(user.id),
    ])
    const everywhere = grants.filter(({ organisationId }) => organisationId === null)
    const others = all.filter(({ id, isBuiltIn }) => !isBuiltIn && everywhere.every(({ roleId }) => roleId !== id))
    return {
      ...userFrame(user),
      problems: problemsOf(faults, { endsAt: 'until' }),
      content: html`${heldRoles(visit, {
        caption: 'Roles that count everywhere',
        grants: everywhere,
        nameOf: ({ roleId, roleName }) => html`<a href="/admin/roles/${roleId}/">${roleName}</a>`,
        mayTake: mayChange ? () => true : null,
        empty: 'They have no role that counts everywhere.',
        now: clock(),
      })}
      ${mayChange ? giveRoleForm(visit, others, faults) : ''}
      ${table({
        id: 'organisations',
        caption: 'Organisations',
        isCaptionShown: true,
        columns: [
          { heading: 'Organisation' },
          { heading: 'Is' },
          { heading: 'Further roles' },
          { heading: 'Since' },
          { heading: 'Status' },
        ],
        rows: memberships.map(({ organisationId, name, slug, standing, joinedAt, suspendedAt }) => [
          html`<a href="/admin/organisations/${organisationId}/members/${user.id}/"
            ><bdi>${shownName(name, slug)}</bdi></a
          >`,
          standingWords[standing],
          grants
            .filter((grant) => grant.organisationId === organisationId)
            .map(({ roleName }) => roleName)
            .join(', ') || html`<span class="quiet">none</span>`,
          moment(joinedAt),
          suspendedAt === null ? badge('In use', 'good') : badge('Suspended', 'bad'),
        ]),
        empty: 'They are in no organisation.',
      })}`,
    }
  }

  /** The role and user of a form, where the visitor may change the user. */
  async function targetOf(visit: Posted): Promise<RoleTarget> {
    const user = await userOf(visit, users)
    checkMayActOn(visit.user, user)
    const role = (await roles.list(null)).find(({ id, isBuiltIn }) => !isBuiltIn && id === visit.text('role'))
    if (role === undefined) throw new RequestRefused('not_found', 'There is no such role. It may have been deleted.')
    return { roleId: role.id, userId: user.id, by: visit.by }
  }

  return {
    path: 'users/:id/roles/',
    show: async (visit) => page(visit),
    actions: roleGiving({ roleGrants, targetOf, page }),
  }
}
