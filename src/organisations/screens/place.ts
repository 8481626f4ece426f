import type { NavLink } from '../../pages/console.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import type { View, Visit } from '../../screens/screen.ts'
import { type Authority, checkMay, may } from '../authority.ts'
import type { ServiceAccountRecord } from '../../tokens/service-accounts.ts'
import type { MemberActedBy } from '../authority-now.ts'
import type { Member } from '../member-list.ts'
import type { Organisation } from '../organisation-values.ts'
import type { Role } from '../role-values.ts'

/** Where the pages of an organisation are, and who gets in: the same pages serve its members and whoever runs the server. */
export interface Place {
  /** Below the area: `organisations/:organisation/`. */
  readonly path: string
  /** Where the same is by JSON: `/api/account/organisations/`. */
  readonly api: string
  /** Throws `RequestRefused` (`not_found`) for an organisation that is none of theirs. */
  readonly enter: (visit: Pick<Visit, 'params' | 'user'>) => Promise<Entered>
  /** What the page of a thing of the organisation ends with: what happened to it, and the same thing for programs. */
  readonly foot: (visit: Pick<Visit, 'user'>, entered: Entered, thing: Thing) => Promise<Markup>
}

/** A thing of an organisation that has a page of its own. */
export type Thing =
  | { readonly kind: 'member'; readonly member: Member }
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'service_account'; readonly account: ServiceAccountRecord }

/** Where it is in the JSON API, below its organisation. */
export function apiPathOf(thing: Thing): string {
  if (thing.kind === 'member') return `members/${thing.member.userId}/`
  return thing.kind === 'role' ? `roles/${thing.role.id}/` : `service-accounts/${thing.account.id}/`
}

/** Its name in the audit log, where it has one: what happens to a member is told of the organisation. */
export function subjectOf(thing: Thing): string | null {
  if (thing.kind === 'member') return null
  return thing.kind === 'role' ? `role:${thing.role.id}` : `service_account:${thing.account.id}`
}

export interface Entered {
  readonly organisation: Organisation
  readonly authority: Authority
  /** The address of its first page. */
  readonly base: string
  /** The list that it is in. */
  readonly list: NavLink
}

/** Enters, for whoever may do that there. Throws `PermissionDenied` for others whom it is shown to. */
export async function enterFor(
  place: Place,
  visit: Pick<Visit, 'params' | 'user'>,
  permission: string,
): Promise<Entered> {
  const entered = await place.enter(visit)
  checkMay(entered.authority, permission)
  return entered
}

/** What the pages of one organisation have in common: its name, the way back, and the tabs that somebody may open. */
export function organisationFrame({
  organisation,
  authority,
  base,
  list,
}: Entered): Pick<View, 'title' | 'crumbs' | 'tabs'> {
  const tabs: readonly (readonly [path: string, text: string, permission: string])[] = [
    ['', 'Overview', 'organisation.view'],
    ['members/', 'Members', 'members.view'],
    ['invitations/', 'Invitations', 'members.add'],
    ['roles/', 'Roles', 'roles.view'],
    ['service-accounts/', 'Service accounts', 'service_accounts.view'],
    ['settings/', 'Settings', 'organisation.change'],
  ]
  return {
    title: shownName(organisation.name, organisation.slug),
    crumbs: [list],
    tabs: tabs
      .filter(([, , permission]) => may(authority, permission))
      .map(([path, text]) => ({ href: `${base}${path}`, text })),
  }
}

/** The same for a page below one of the tabs. */
export function organisationCrumbs(entered: Entered, tab: string, text: string): readonly NavLink[] {
  const { title, crumbs = [] } = organisationFrame(entered)
  return [...crumbs, { href: entered.base, text: title }, { href: `${entered.base}${tab}`, text }]
}

/** For what is done there: by whom, and whose standing and roles have to allow it in that moment. */
export function byIn({ by }: Visit, { authority }: Entered): MemberActedBy {
  return { ...by, allowedBy: authority.userId }
}
