import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import { momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Cell, table } from '../../pages/table.ts'
import { dayTyped } from '../../screens/day-typed.ts'
import { type Faults, faultsOf } from '../../screens/faults.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { MemberActedBy } from '../authority-now.ts'
import type { RoleGrant, RoleGrants } from '../role-grants.ts'
import type { Role } from '../role-values.ts'

export interface RoleGivingOptions {
  readonly roleGrants: Pick<RoleGrants, 'grant' | 'revoke'>
  /** What a form is about, after checking that the visitor may give and take that role there. */
  readonly targetOf: (visit: Posted) => Promise<RoleTarget>
  /** The page again, with what is to be mended. */
  readonly page: (visit: Visit, faults: Faults) => Promise<View>
}

export interface RoleTarget {
  readonly roleId: string
  readonly userId: string
  /** Where it counts (everywhere). */
  readonly organisationId?: string
  readonly by: MemberActedBy
}

/** Giving somebody a role and taking it, for a page with `heldRoles` and `giveRoleForm`. */
export function roleGiving({
  roleGrants,
  targetOf,
  page,
}: RoleGivingOptions): Pick<NonNullable<Screen['actions']>, 'give' | 'take'> {
  return {
    give: {
      run: async (visit) => {
        const { by, ...target } = await targetOf(visit)
        try {
          await roleGrants.grant({ ...target, endsAt: endOfDay(visit.text('until')) }, by)
        } catch (error) {
          return page(visit, faultsOf(error))
        }
        return leave(visit.path, 'They have the role.')
      },
    },
    take: {
      run: async (visit) => {
        const { by, ...target } = await targetOf(visit)
        const isTaken = await roleGrants.revoke(target, by)
        return leave(visit.path, isTaken ? 'They do not have the role any more.' : 'They did not have the role.')
      },
    },
  }
}

/** The end of a day that was typed; one that is none lies in the past, and is refused as such. */
function endOfDay(day: string): number | null {
  return day === '' ? null : (dayTyped(day)?.end ?? 0)
}

export interface HeldRolesOptions {
  readonly caption: string
  /** Whether the caption is seen (true). */
  readonly isCaptionShown?: boolean
  readonly grants: readonly RoleGrant[]
  /** The name of a role as it stands in its row (its name). */
  readonly nameOf?: (grant: RoleGrant) => Cell
  /** Which of them the visitor may take; `null`: none, and there is no column for it. */
  readonly mayTake: ((roleId: string) => boolean) | null
  readonly empty: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The roles that somebody has, with a button to take each. */
export function heldRoles(visit: Visit, options: HeldRolesOptions): Markup {
  const { caption, isCaptionShown = true, grants, nameOf = ({ roleName }) => roleName, mayTake, empty, now } = options
  return table({
    id: 'roles',
    caption,
    isCaptionShown,
    columns: [
      { heading: 'Role' },
      { heading: 'Since' },
      { heading: 'Until' },
      ...(mayTake === null ? [] : [{ heading: 'Take away' }]),
    ],
    rows: grants.map((grant) => [
      nameOf(grant),
      moment(grant.createdAt),
      grant.endsAt !== null && grant.endsAt <= now
        ? html`${moment(grant.endsAt)} (over)`
        : momentOr(grant.endsAt, 'no end'),
      ...(mayTake === null ? [] : [mayTake(grant.roleId) ? takeForm(visit, grant.roleId) : '']),
    ]),
    empty,
  })
}

function takeForm(visit: Visit, roleId: string): Markup {
  return postForm({
    to: visit.path,
    proof: visit.form,
    action: 'take',
    fields: { role: roleId },
    button: 'Take away',
    kind: 'second',
    isInline: true,
  })
}

/** The form that gives one of these roles, for good or until a day; nothing where there is none. */
export function giveRoleForm(visit: Visit, roles: readonly Role[], faults: Faults): Markup | '' {
  if (roles.length === 0) return ''
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
