import { html } from 'hono/html'
import type { Groups } from '../../accounts/groups.ts'
import type { Users } from '../../accounts/users.ts'
import { select } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import { checkMayActOn, mayActOn } from '../acting-on.ts'
import { userFrame, userOf } from './user-frame.ts'

export interface UserGroupsStores {
  readonly users: Pick<Users, 'find'>
  readonly groups: Pick<Groups, 'list' | 'of' | 'add' | 'remove'>
}

/** The groups of a user, each of which gives permissions. */
export function userGroups({ users, groups }: UserGroupsStores): Screen {
  return {
    path: 'users/:id/groups/',
    show: async (visit) => {
      const user = await userOf(visit, users)
      const mayChange = mayActOn(visit.user, user)
      const [theirs, all] = await Promise.all([groups.of(user.id), groups.list()])
      const others = all.filter(({ id }) => theirs.every((one) => one.id !== id))
      return {
        ...userFrame(user),
        content: html`${table({
          id: 'groups',
          caption: 'Groups',
          columns: [{ heading: 'Group' }, { heading: 'Permissions' }, ...(mayChange ? [{ heading: 'Take out' }] : [])],
          rows: theirs.map(({ id, name, permissions }) => [
            html`<bdi>${shownName(name, id)}</bdi>`,
            permissions.join(', '),
            ...(mayChange
              ? [
                  postForm({
                    to: visit.path,
                    proof: visit.form,
                    action: 'remove',
                    fields: { group: id },
                    button: 'Take out',
                    kind: 'second',
                    isInline: true,
                  }),
                ]
              : []),
          ]),
          empty: 'They are in no group.',
        })}
        ${
          others.length === 0 || !mayChange
            ? ''
            : postForm({
                to: visit.path,
                proof: visit.form,
                action: 'add',
                button: 'Add to the group',
                content: select({
                  id: 'group',
                  name: 'group',
                  label: 'Group',
                  choices: others.map(({ id, name }) => ({ value: id, text: shownName(name, id) })),
                }),
              })
        }`,
      }
    },
    actions: {
      add: {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          await groups.add(visit.text('group'), user.id, visit.by)
          return leave(visit.path, 'They are in the group now.')
        },
      },
      remove: {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          await groups.remove(visit.text('group'), user.id, visit.by)
          return leave(visit.path, 'They are out of the group.')
        },
      },
    },
  }
}
