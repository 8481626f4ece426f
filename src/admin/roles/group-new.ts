import type { Groups } from '../../accounts/groups.ts'
import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { groupControls, type GroupForm, groupFormIn } from './group-form.ts'
import { groupsCrumb, groupsPath } from './group-of.ts'

/** A new group. */
export function groupNew({ groups }: { readonly groups: Pick<Groups, 'list' | 'create'> }): Screen {
  const page = async (visit: Visit, typed: GroupForm, faults: Faults = {}): Promise<View> => ({
    title: 'New group',
    crumbs: [groupsCrumb],
    problems: problemsOf(faults, { main: 'name' }),
    content: postForm({
      to: visit.path,
      proof: visit.onceForm,
      action: 'create',
      button: 'Make the group',
      cancel: groupsPath,
      content: groupControls(typed, await groups.list(), faults),
    }),
  })
  return {
    path: 'groups/new/',
    show: async (visit) => page(visit, { name: '', permissions: [] }),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const typed = groupFormIn(visit, await groups.list())
          try {
            const { id } = await groups.create(typed, visit.by)
            return leave(`${groupsPath}${id}/`, 'The group is made. People are put into it on their own pages.')
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}
