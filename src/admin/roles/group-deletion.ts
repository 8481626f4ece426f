import type { Groups } from '../../accounts/groups.ts'
import type { UserListOptions, UserPage } from '../../accounts/user-list.ts'
import { confirmation } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import { groupOf, groupsCrumb, groupsPath } from './group-of.ts'

export interface GroupDeletionStores {
  readonly groups: Pick<Groups, 'find' | 'delete'>
  readonly users: { readonly list: (options?: UserListOptions) => Promise<UserPage> }
}

/** Deleting a group. */
export function groupDeletion({ groups, users }: GroupDeletionStores): Screen {
  return {
    path: 'groups/:group/delete/',
    show: async (visit) => {
      const group = await groupOf(visit, groups)
      const { users: some, next } = await users.list({ group: group.id, limit: 200 })
      const count = next === null ? String(some.length) : 'more than 200'
      const name = shownName(group.name, group.id)
      return {
        title: `Delete the group ${name}?`,
        crumbs: [groupsCrumb, { href: `${groupsPath}${group.id}/`, text: name }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'delete',
          button: 'Delete the group',
          what: 'Whoever is in it loses what it allows. Their accounts stay.',
          stops: some.length === 0 ? [] : [`what it allows to ${count} ${count === '1' ? 'person' : 'people'}`],
          cancel: `${groupsPath}${group.id}/`,
        }),
      }
    },
    actions: {
      delete: {
        run: async (visit) => {
          const group = await groupOf(visit, groups)
          await groups.delete(group.id, visit.by)
          return leave(groupsPath, `The group ${group.name} is deleted.`)
        },
      },
    },
  }
}
