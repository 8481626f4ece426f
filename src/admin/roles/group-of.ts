import type { Group, Groups } from '../../accounts/groups.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { NavLink } from '../../pages/console.ts'
import type { Visit } from '../../screens/screen.ts'

export const groupsPath = '/admin/groups/'
export const groupsCrumb: NavLink = { href: groupsPath, text: 'Groups' }

/** The group of a page. */
export async function groupOf({ params }: Visit, groups: Pick<Groups, 'find'>): Promise<Group> {
  const group = await groups.find(params['group'] ?? '')
  if (group === null) throw new RequestRefused('not_found', 'There is no such group. It may have been deleted.')
  return group
}
