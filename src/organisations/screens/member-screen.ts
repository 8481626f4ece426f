import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { select } from '../../pages/controls.ts'
import { facts } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { type Faults, problemsOf } from '../../screens/faults.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { isStanding } from '../../tokens/standing.ts'
import { checkMayGiveRole, checkMayRestand, mayGiveRole, mayRestand } from '../authority.ts'
import type { Members } from '../members.ts'
import type { RoleGrants } from '../role-grants.ts'
import type { Roles } from '../roles.ts'
import { memberOf } from './member-of.ts'
import { byIn, organisationCrumbs, type Place } from './place.ts'
import { giveRoleForm, heldRoles, roleGiving, type RoleTarget } from './role-giving.ts'
import { standingChoices, standingWords } from './standing-words.ts'

export interface MemberScreenStores {
  readonly members: Pick<Members, 'find' | 'setStanding'>
  readonly roles: Pick<Roles, 'list' | 'find'>
  readonly roleGrants: Pick<RoleGrants, 'inOrganisation' | 'grant' | 'revoke'>
  readonly clock: () => number
}

/** One member: what they are, and their further roles. */
export function memberScreen(place: Place, stores: MemberScreenStores): Screen {
  const { members, roles, roleGrants, clock } = stores

  async function page(visit: Visit, faults: Faults = {}): Promise<View> {
    const { entered, member } = await memberOf(visit, place, members)
    const { organisation, authority, base } = entered
    const grants = (await roleGrants.inOrganisation(organisation.id)).filter(({ userId }) => userId === member.userId)
    const all = (await roles.list(organisation.id)).filter(({ isBuiltIn }) => !isBuiltIn)
    const given = new Set(grants.map(({ roleId }) => roleId))
    const others = all.filter(({ id, permissions }) => !given.has(id) && mayGiveRole(authority, permissions))
    const standingOptions = standingChoices(authority, member.standing)
    const mayTake = (roleId: string): boolean => {
      const role = all.find(({ id }) => id === roleId)
      return authority.isOperator || (role !== undefined && mayGiveRole(authority, role.permissions))
    }
    return {
      title: shownName(member.username, member.userId),
      crumbs: organisationCrumbs(entered, 'members/', 'Members'),
      problems: problemsOf(faults, { endsAt: 'until' }),
      content: html`${facts([
          ['Is', standingWords[member.standing]],
          ['E-mail', member.email === null ? null : html`<bdi>${shownName(member.email)}</bdi>`],
          ['Member since', moment(member.joinedAt)],
          ['Account', member.isActive ? 'active' : 'disabled'],
        ])}
        ${
          standingOptions.length < 2
            ? ''
            : postForm({
                to: visit.path,
                proof: visit.form,
                action: 'stand',
                button: 'Change what they are',
                kind: 'second',
                content: select({
                  id: 'standing',
                  name: 'standing',
                  label: 'They are',
                  value: member.standing,
                  choices: standingOptions,
                }),
              })
        }
        <h2>Further roles</h2>
        ${heldRoles(visit, {
          caption: 'Further roles',
          isCaptionShown: false,
          grants,
          mayTake,
          empty: 'They have no further roles here.',
          now: clock(),
        })}
        ${giveRoleForm(visit, others, faults)}
        ${
          mayRestand(authority, member.standing, null)
            ? html`<p>
                <a class="button small danger" id="remove" href="${base}members/${member.userId}/remove/"
                  >Remove from the organisation</a
                >
              </p>`
            : ''
        }
        ${await place.foot(visit, entered, { kind: 'member', member })}`,
    }
  }

  /** A role that counts in this organisation, of a member, after checking that the visitor may give and take it. */
  async function targetOf(visit: Posted): Promise<RoleTarget> {
    const { entered, member } = await memberOf(visit, place, members)
    const { organisation, authority } = entered
    const role = await roles.find(visit.text('role'))
    // A role that is there for all is given within an organisation by whoever runs the server alone.
    const isTheirs = role?.organisationId === organisation.id || authority.isOperator
    if (role === null || role.isBuiltIn || !isTheirs) throw new RequestRefused('not_found', 'There is no such role.')
    checkMayGiveRole(authority, role.permissions)
    return {
      roleId: role.id,
      userId: member.userId,
      organisationId: organisation.id,
      by: byIn(visit, entered),
    }
  }

  return {
    path: `${place.path}members/:user/`,
    show: async (visit) => page(visit),
    actions: {
      stand: {
        isSensitive: true,
        run: async (visit) => {
          const { entered, member } = await memberOf(visit, place, members)
          const standing = visit.text('standing')
          if (!isStanding(standing)) throw new RequestRefused('invalid', 'A member is an owner, admin or member.')
          checkMayRestand(entered.authority, member.standing, standing)
          await members.setStanding(entered.organisation.id, member.userId, standing, byIn(visit, entered))
          // Whoever made themselves less may not see this page any more.
          const isSelf = member.userId === visit.user.id && !entered.authority.isOperator
          return leave(isSelf ? entered.base : visit.path, 'It is changed.')
        },
      },
      ...roleGiving({ roleGrants, targetOf, page }),
    },
  }
}
