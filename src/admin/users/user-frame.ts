import { RequestRefused } from '../../core/errors.ts'
import type { Users } from '../../accounts/users.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import { badge } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import type { View, Visit } from '../../screens/screen.ts'

/** The user of a page below `users/:id/`. Throws `RequestRefused` (`not_found`). */
export async function userOf({ params }: Pick<Visit, 'params'>, users: Pick<Users, 'find'>): Promise<UserRecord> {
  const user = await users.find(params['id'] ?? '')
  if (user === null) throw new RequestRefused('not_found', 'There is no such user. They may have been deleted.')
  return user
}

/** What the pages of one user have in common: the name, the way back, and the tabs. */
export function userFrame({
  id,
  username,
}: Pick<UserRecord, 'id' | 'username'>): Pick<View, 'title' | 'crumbs' | 'tabs'> {
  const place = userPath(id)
  return {
    title: shownName(username, id),
    crumbs: [{ href: '/admin/users/', text: 'Users' }],
    tabs: [
      { href: place, text: 'Profile' },
      { href: `${place}sessions/`, text: 'Sessions' },
      { href: `${place}linked/`, text: 'Linked sign-ins' },
      { href: `${place}credentials/`, text: 'Keys and tokens' },
      { href: `${place}applications/`, text: 'Connected apps' },
      { href: `${place}groups/`, text: 'Groups' },
      { href: `${place}roles/`, text: 'Roles' },
      { href: `${place}rights/`, text: 'Permissions' },
      { href: `${place}history/`, text: 'History' },
    ],
  }
}

export function userPath(id: string): string {
  return `/admin/users/${id}/`
}

/** How an account stands, and what it is, in words. */
export function userBadges({ isActive, isStaff, isSuperuser, staffUntil, superuserUntil }: UserRecord): Markup[] {
  return [
    isActive ? badge('Active', 'good') : badge('Disabled', 'bad'),
    ...(isSuperuser
      ? [badge(superuserUntil === null ? 'Superuser' : 'Superuser for a time', 'note')]
      : isStaff
        ? [badge(staffUntil === null ? 'Staff' : 'Staff for a time', 'note')]
        : []),
  ]
}
