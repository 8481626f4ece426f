import { html } from 'hono/html'
import type { Group, Groups } from '../../accounts/groups.ts'
import type { UserListOptions, UserPage } from '../../accounts/user-list.ts'
import { copyAs } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { apiCall } from '../../pages/api-call.ts'
import { configOf } from '../config-of.ts'
import { type Historian, historyOf } from '../history-of.ts'
import { groupStanza } from '../stanzas.ts'
import { userBadges, userPath } from '../users/user-frame.ts'
import { groupControls, type GroupForm, groupFormIn } from './group-form.ts'
import { groupOf, groupsCrumb } from './group-of.ts'

export interface GroupPageStores extends Historian {
  readonly groups: Pick<Groups, 'list' | 'find' | 'update'>
  readonly users: { readonly list: (options?: UserListOptions) => Promise<UserPage> }
  readonly origin: string
}

/** One group: what it allows, and who is in it. */
export function groupPage(stores: GroupPageStores): Screen {
  const { groups, users, origin } = stores
  async function page(visit: Visit, group: Group, typed: GroupForm = group, faults: Faults = {}): Promise<View> {
    const { users: members, next } = await users.list({
      group: group.id,
      ...askedPage(visit.query, size),
    })
    return {
      title: shownName(group.name, group.id),
      crumbs: [groupsCrumb],
      problems: problemsOf(faults, { main: 'name' }),
      content: html`${postForm({
          to: visit.path,
          proof: visit.form,
          action: 'change',
          button: 'Save',
          content: groupControls(typed, await groups.list(), faults),
        })}
        <h2>Members</h2>
        ${table({
          id: 'members',
          caption: 'Members',
          columns: [{ heading: 'Username' }, { heading: 'Status' }],
          rows: members.map((user) => [
            html`<a href="${userPath(user.id)}groups/"><bdi>${shownName(user.username, user.id)}</bdi></a>`,
            html`${userBadges(user).map((one) => html`${one} `)}`,
          ]),
          empty: 'Nobody is in it. Open a user, and put them into it under Groups.',
        })}
        ${pager({ path: visit.path, query: visit.query, next, size })}
        <p><a class="button small danger" id="delete" href="${visit.path}delete/">Delete the group</a></p>
        ${await historyOf(stores, `group:${group.id}`)}
        ${copyAs({
          call: apiCall(origin, 'GET', `/api/admin/groups/${group.id}/`),
          config: configOf('groups', groupStanza(group)),
        })}`,
    }
  }

  return {
    path: 'groups/:group/',
    show: async (visit) => page(visit, await groupOf(visit, groups)),
    actions: {
      change: {
        run: async (visit) => {
          const group = await groupOf(visit, groups)
          const typed = groupFormIn(visit, await groups.list())
          try {
            await groups.update(group.id, typed, visit.by)
          } catch (error) {
            return page(visit, group, typed, faultsOf(error))
          }
          return leave(visit.path, 'The group is changed. It counts from the next request on.')
        },
      },
    },
  }
}

const size = 50
