import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import type { Users } from '../../accounts/users.ts'
import type { Members } from '../../organisations/members.ts'
import type { RoleGrants } from '../../organisations/role-grants.ts'
import type { Roles } from '../../organisations/roles.ts'
import { endIn } from '../../organisations/screens/member-screens.ts'
import { standingWords } from '../../organisations/screens/standing-words.ts'
import { moment } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import { badge, momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
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
      content: html`${table({
        id: 'roles',
        caption: 'Roles that count everywhere',
        isCaptionShown: true,
        columns: [
          { heading: 'Role' },
          { heading: 'Since' },
          { heading: 'Until' },
          ...(mayChange ? [{ heading: 'Take' }] : []),
        ],
        rows: everywhere.map(({ roleId, roleName, createdAt, endsAt }) => [
          html`<a href="/admin/roles/${roleId}/">${roleName}</a>`,
          moment(createdAt),
          endsAt !== null && endsAt <= clock() ? html`${moment(endsAt)} (over)` : momentOr(endsAt, 'no end'),
          ...(mayChange
            ? [
                postForm({
                  to: visit.path,
                  proof: visit.form,
                  action: 'take',
                  fields: { role: roleId },
                  button: 'Take',
                  kind: 'second',
                  isInline: true,
                }),
              ]
            : []),
        ]),
        empty: 'They have no role that counts everywhere.',
      })}
      ${
        !mayChange || others.length === 0
          ? ''
          : postForm({
              to: visit.path,
              proof: visit.form,
              action: 'give',
              button: 'Give the role',
              content: html`${select({
                id: 'role',
                name: 'role',
                label: 'Role',
                choices: others.map(({ id, name }) => ({ value: id, text: name })),
              })}
              ${textControl({
                id: 'until',
                name: 'until',
                label: 'Until the end of this day',
                type: 'date',
                hint: 'In UTC. Empty: no end.',
                wrong: faults['endsAt'],
              })}`,
            })
      }
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
  async function targetOf(visit: Posted): Promise<{ readonly roleId: string; readonly userId: string }> {
    const user = await userOf(visit, users)
    checkMayActOn(visit.user, user)
    const role = (await roles.list(null)).find(({ id, isBuiltIn }) => !isBuiltIn && id === visit.text('role'))
    if (role === undefined) throw new RequestRefused('not_found', 'There is no such role. It may have been deleted.')
    return { roleId: role.id, userId: user.id }
  }

  return {
    path: 'users/:id/roles/',
    show: async (visit) => page(visit),
    actions: {
      give: {
        run: async (visit) => {
          const target = await targetOf(visit)
          try {
            await roleGrants.grant({ ...target, endsAt: endIn(visit.text('until')) }, visit.by)
          } catch (error) {
            return page(visit, faultsOf(error))
          }
          return leave(visit.path, 'They have the role.')
        },
      },
      take: {
        run: async (visit) => {
          const isTaken = await roleGrants.revoke(await targetOf(visit), visit.by)
          return leave(visit.path, isTaken ? 'They do not have the role any more.' : 'They did not have the role.')
        },
      },
    },
  }
}
