import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import { facts, momentOr } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { isStanding } from '../../tokens/standing.ts'
import { checkMay, checkMayGiveRole, checkMayRestand, mayGiveRole, mayRestand } from '../authority.ts'
import type { MemberActedBy } from '../authority-now.ts'
import type { Member } from '../member-list.ts'
import type { Members } from '../members.ts'
import type { RoleGrants } from '../role-grants.ts'
import type { Role } from '../role-values.ts'
import type { Roles } from '../roles.ts'
import { type Entered, organisationCrumbs, type Place } from './place.ts'
import { standingChoices, standingWords } from './standing-words.ts'

export interface MemberScreenStores {
  readonly members: Pick<Members, 'find' | 'setStanding' | 'remove'>
  readonly roles: Pick<Roles, 'list' | 'find'>
  readonly roleGrants: Pick<RoleGrants, 'inOrganisation' | 'grant' | 'revoke'>
  readonly clock: () => number
}

/** One member: what they are, their further roles, and the way out. */
export function memberScreens(place: Place, stores: MemberScreenStores): readonly Screen[] {
  return [memberScreen(place, stores), removeScreen(place, stores)]
}

function memberScreen(place: Place, stores: MemberScreenStores): Screen {
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
        ${table({
          id: 'roles',
          caption: 'Further roles',
          columns: [{ heading: 'Role' }, { heading: 'Since' }, { heading: 'Until' }, { heading: 'Take' }],
          rows: grants.map(({ roleId, roleName, createdAt, endsAt }) => [
            roleName,
            moment(createdAt),
            endsAt !== null && endsAt <= clock() ? html`${moment(endsAt)} (over)` : momentOr(endsAt, 'no end'),
            mayTake(roleId)
              ? postForm({
                  to: visit.path,
                  proof: visit.form,
                  action: 'take',
                  fields: { role: roleId },
                  button: 'Take',
                  kind: 'second',
                  isInline: true,
                })
              : '',
          ]),
          empty: 'They have no further roles here.',
        })}
        ${others.length === 0 ? '' : giveForm(visit, others, faults)}
        ${
          mayRestand(authority, member.standing, null)
            ? html`<p>
                <a class="button small danger" id="remove" href="${base}members/${member.userId}/remove/"
                  >Remove from the organisation</a
                >
              </p>`
            : ''
        }`,
    }
  }

  /** A role that counts in this organisation, of a member, after checking that the visitor may give and take it. */
  async function roleIn(
    visit: Visit,
    roleId: string,
  ): Promise<{ readonly target: Target; readonly by: MemberActedBy }> {
    const { entered, member } = await memberOf(visit, place, members)
    const { organisation, authority } = entered
    const role = await roles.find(roleId)
    if (role === null || role.isBuiltIn) throw new RequestRefused('not_found', 'There is no such role.')
    // A role that is there for all is given within an organisation by whoever runs the server alone.
    if (role.organisationId !== organisation.id && !authority.isOperator) {
      throw new RequestRefused('not_found', 'There is no such role.')
    }
    checkMayGiveRole(authority, role.permissions)
    return {
      target: { roleId: role.id, userId: member.userId, organisationId: organisation.id },
      by: { ...visit.by, allowedBy: authority.userId },
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
          await members.setStanding(entered.organisation.id, member.userId, standing, {
            ...visit.by,
            allowedBy: entered.authority.userId,
          })
          // Whoever made themselves less may not see this page any more.
          const isSelf = member.userId === visit.user.id && !entered.authority.isOperator
          return leave(isSelf ? entered.base : visit.path, 'It is changed.')
        },
      },
      give: {
        run: async (visit) => {
          const { target, by } = await roleIn(visit, visit.text('role'))
          try {
            await roleGrants.grant({ ...target, endsAt: endIn(visit.text('until')) }, by)
          } catch (error) {
            return page(visit, faultsOf(error))
          }
          return leave(visit.path, 'They have the role.')
        },
      },
      take: {
        run: async (visit) => {
          const { target, by } = await roleIn(visit, visit.text('role'))
          const isTaken = await roleGrants.revoke(target, by)
          return leave(visit.path, isTaken ? 'They do not have the role any more.' : 'They did not have the role.')
        },
      },
    },
  }
}

interface Target {
  readonly roleId: string
  readonly userId: string
  readonly organisationId: string
}

function giveForm(visit: Visit, roles: readonly Role[], faults: Faults): Markup {
  return postForm({
    to: visit.path,
    proof: visit.form,
    action: 'give',
    button: 'Give the role',
    content: html`${select({
      id: 'role',
      name: 'role',
      label: 'Role',
      choices: roles.map(({ id, name }) => ({ value: id, text: name })),
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

/** The end of a day that was typed; one that is none lies in the past, and is refused as such. */
export function endIn(day: string): number | null {
  if (day === '') return null
  const end = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T23:59:59.999Z`) : Number.NaN
  return Number.isNaN(end) ? 0 : end
}

function removeScreen(place: Place, { members }: MemberScreenStores): Screen {
  async function allowed(visit: Visit) {
    const found = await memberOf(visit, place, members)
    checkMayRestand(found.entered.authority, found.member.standing, null)
    return found
  }
  return {
    path: `${place.path}members/:user/remove/`,
    show: async (visit) => {
      const { entered, member } = await allowed(visit)
      const name = shownName(member.username, member.userId)
      const up = `${entered.base}members/${member.userId}/`
      return {
        title: `Remove ${name}?`,
        crumbs: [...organisationCrumbs(entered, 'members/', 'Members'), { href: up, text: name }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'remove',
          button: 'Remove',
          what: 'They are no member any more. Their account stays, and they can be invited again.',
          stops: ['their access to what belongs to the organisation', 'all roles that they have in it'],
          cancel: up,
        }),
      }
    },
    actions: {
      remove: {
        run: async (visit) => {
          const { entered, member } = await allowed(visit)
          await members.remove(entered.organisation.id, member.userId, {
            ...visit.by,
            allowedBy: entered.authority.userId,
          })
          const isSelf = member.userId === visit.user.id && !entered.authority.isOperator
          return leave(isSelf ? entered.list.href : `${entered.base}members/`, 'They are out of the organisation.')
        },
      },
    },
  }
}

async function memberOf(
  visit: Visit,
  place: Place,
  members: Pick<Members, 'find'>,
): Promise<{ readonly entered: Entered; readonly member: Member }> {
  const entered = await place.enter(visit)
  checkMay(entered.authority, 'members.view')
  const member = await members.find(entered.organisation.id, visit.params['user'] ?? '')
  if (member === null) throw new RequestRefused('not_found', 'There is no such member. They may have left.')
  return { entered, member }
}
